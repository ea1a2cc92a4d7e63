#!/usr/bin/env python3
"""Two regions linked by certificates: what a client, a stranger or another region may not do; and certificates replaced under load."""

import hashlib
import hmac
import http.client
import pathlib
import socket
import ssl
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from harness.ledger import Ledger, UniqueLoad, settle  # noqa: E402
from harness.load import KIB, MIB  # noqa: E402
from harness.region import CertifiedPair, Credential, Region, scratch  # noqa: E402
from harness.report import run_reported, some  # noqa: E402

BUCKET, REPLICA = "linked-source", "linked-target"


def forged(region, credential, target, body):
    """A request of the peer protocol, signed with what a holder of the root credential can know."""
    derived = hmac.new(credential.secret_key.encode(), b"antipode link", hashlib.sha256).digest()
    now, content = str(int(time.time() * 1000)), hashlib.sha256(body).hexdigest()
    text = f"ANTIPODE-LINK-1\nPOST\n{target}\n{region}\n{now}\n{content}"
    return {"x-antipode-region": region, "x-antipode-time": now, "x-antipode-content-sha256": content,
            "x-antipode-signature": hmac.new(derived, text.encode(), hashlib.sha256).hexdigest()}


def ask(connection, target, headers=None, body=b""):
    try:
        connection.request("POST", target, body=body, headers=headers or {})
        return connection.getresponse().status
    except (OSError, http.client.HTTPException) as why:
        return f"no answer ({type(why).__name__})"
    finally:
        connection.close()


def over_tls(region, directory=None):
    """To the port of the region's links, with the certificate in `directory` or with none."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if directory:
        context.load_cert_chain(directory / "certificate.pem", directory / "key.pem")
    return http.client.HTTPSConnection("127.0.0.1", region.link_port, timeout=10, context=context)


def certificate_of(region, directory):
    """What the port of the region's links shows now."""
    connection = over_tls(region, directory)
    try:
        connection.connect()
        return connection.sock.getpeercert(binary_form=True)
    finally:
        connection.close()


def outward_address():
    """An address of this machine that is not loopback, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # Sends nothing.
        except OSError:
            return None
        address = probe.getsockname()[0]
    return None if address.startswith(("127.", "0.")) else address


def refused(answer):
    return str(answer).startswith("no answer") or answer in (403, 404)


def program(report):
    pair = CertifiedPair(scratch("links"))
    pair.make("issue", pair.link, "cn-shanghai")
    stranger = pair.root / "stranger"
    pair.make("create", stranger, "cn-hangzhou", "cn-beijing")
    with pair:
        pair.start()
        source, target = pair.first.s3(), pair.second
        source.create_bucket(BUCKET)
        target.s3().create_bucket(REPLICA)
        pair.first.oss().add_replication(BUCKET, REPLICA, target.name)
        ledger = Ledger()

        def write(name, seconds, body=None, meanwhile=None):
            load = UniqueLoad(pair.first.s3, [BUCKET], workers=4, rate=60, mix={"put": 1}, prefix=name, sizes=(4 * KIB,), seed=len(name))
            load.ledger = ledger
            load.start()
            if meanwhile:
                meanwhile()
            time.sleep(seconds)
            if body:
                ledger.add(name, source.put(BUCKET, name, body).headers["etag"].strip('"').lower())
            load.stop()
            return load.failures

        failures = write("first", 2, bytes(9 * MIB))
        missing = settle(ledger, pair, REPLICA, 60)
        report.check(not missing and not failures, f"{ledger.count} objects arrive over TLS, a large one among them", some(missing + failures))

        # One facts request a kind of sender; the last one shows that it is a right one.
        facts = f"/-/peer/v1/bucket?bucket={REPLICA}"
        plain = http.client.HTTPConnection("127.0.0.1", target.port, timeout=10)
        answer = ask(plain, facts, forged(pair.first.name, pair.first.credential, facts, b""))
        report.check(answer == 403, "a client with the root credential at the port of the clients", str(answer))
        for what, directory in (("no certificate", None), ("a certificate of another authority", stranger / "cn-hangzhou")):
            answer = ask(over_tls(target, directory), facts, forged(pair.first.name, pair.first.credential, facts, b""))
            report.check(refused(answer), f"{what} at the port of the links", str(answer))
        chunks = (f"/-/peer/v1/chunks?source={pair.first.name}&source-bucket={BUCKET}&bucket={REPLICA}&rule=any&epoch=1&transfer=t")
        answer = ask(over_tls(target, pair.link / "cn-shanghai"), chunks)
        report.check(answer == 403, "a third region's certificate for a rule that is not its own", str(answer))
        answer = ask(over_tls(target, pair.link / "cn-shanghai"), chunks, {"x-antipode-region": pair.first.name})
        report.check(answer == 403, "the same, with the other's name in the header", str(answer))
        answer = ask(over_tls(target, pair.link / "cn-hangzhou"), facts)
        report.check(answer == 200, "the region's own certificate", str(answer))
        answer = ask(over_tls(target, pair.link / "cn-hangzhou"), f"/{REPLICA}")
        report.check(answer == 404, "nothing but the peer protocol at the port of the links", str(answer))
        names = {"x-antipode-region": "cn-shanghai", "x-antipode-origin": "cn-shanghai", "x-antipode-certified-name": "cn-shanghai",
                 "x-amz-replication-status": "REPLICA", "x-amz-meta-replica": "yes"}
        ledger.add("claims", source.request("PUT", f"/{BUCKET}/claims", headers=names, body=b"mine").ok().headers["etag"].strip('"').lower())
        said = source.head(BUCKET, "claims").headers.get("x-amz-replication-status")
        report.check(not settle(ledger, pair, REPLICA, 30) and said != "REPLICA",
                     "a client's write that claims to be a replica is an ordinary one, and is sent on", str(said))

        # New certificates while objects are written, and then a new authority, with both trusted meanwhile.
        shown = certificate_of(target, pair.link / "cn-hangzhou")

        def renew():
            time.sleep(1)
            for _ in range(5):
                pair.make("issue", pair.link, *(region.name for region in pair.regions))
                time.sleep(0.3)

        failures = write("renewed", 1, bytes(9 * MIB), meanwhile=renew)
        report.check(not settle(ledger, pair, REPLICA, 30) and not failures, "certificates are renewed under load, and nothing fails",
                     some(failures))
        report.check(certificate_of(target, pair.link / "cn-hangzhou") != shown, "the new one is shown without a restart")
        for region in pair.regions:
            trusted = region.link_directory / "trusted.pem"
            trusted.write_text(trusted.read_text() + (stranger / region.name / "trusted.pem").read_text())
        for region in pair.regions:
            for name in ("key.pem", "certificate.pem"):
                (region.link_directory / name).write_text((stranger / region.name / name).read_text())
        for region in pair.regions:
            (region.link_directory / "trusted.pem").write_text((stranger / region.name / "trusted.pem").read_text())
        answer = ask(over_tls(target, stranger / "cn-hangzhou"), facts)
        report.check(answer == 200, "a new authority is trusted without a restart", str(answer))
        answer = ask(over_tls(target, pair.link / "cn-shanghai"), facts)
        report.check(refused(answer), "the old one is not any more", str(answer))
        failures = write("moved", 2)
        report.check(not settle(ledger, pair, REPLICA, 30) and not failures, "and replication goes on")
        verdict = pair.first.admin("replication", "verify", BUCKET)
        report.check(verdict["identical"], "both sides are identical")
    without_options(report)


def without_options(report):
    """No certificates and no secret: peers are answered on this machine only."""
    address = outward_address()
    region = Region("cn-hangzhou", scratch("links_alone"), Credential())
    region.peers = [("cn-beijing", "http://127.0.0.1:9")]
    if address:
        region.extra_arguments += ["--listen", f"{address}:{region.port}"]
    target = "/-/peer/v1/targets?bucket=none"
    region.start()
    try:
        answers = {host: ask(http.client.HTTPConnection(host, region.port, timeout=10), target, forged("cn-beijing", region.credential, target, b""))
                   for host in ("127.0.0.1", address) if host}
    finally:
        region.stop()
    report.check(answers["127.0.0.1"] == 200, "without options a peer on this machine is answered", str(answers))
    if address:
        report.check(answers[address] == 403, "and one that comes from another address is not", str(answers))
    else:
        report.say("this machine has no other address: not tried from one")
    report.check("peers on this machine only" in region.log.read_text(), "which the server says when it starts")


if __name__ == "__main__":
    run_reported(program)
