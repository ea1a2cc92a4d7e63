"""What the black-box tests share: regions as processes, a small S3 and OSS client, load, faults."""
