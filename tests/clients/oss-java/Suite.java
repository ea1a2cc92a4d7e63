import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;

/** What every client's program does alike; see ../lib/suite.py for the words. */
final class Suite {
    static final List<String> FEATURES = List.of("small", "empty", "odd-names", "multipart", "range", "copy", "list", "delete",
            "metadata", "tags", "versioning", "presign", "errors", "replication");

    static final List<String> ODD_NAMES = List.of("with space.txt", " starts and ends with space ", "plus+sign+.txt", "percent%.txt",
            "percent %41 %2F %25.txt", "ümläut-日本語-😀.txt", "double//slash.txt", "deep/er/and/deeper/x", "folder/",
            "quotes'\"and<angle>&amp;.txt", "(paren)!*~$,;:@=.txt", "question?hash#.txt", "[brackets]{braces}|^`.txt", ".hidden",
            "back\\slash.txt", "tab\there");

    interface Feature {
        String run() throws Exception;
    }

    interface Code {
        String of(Exception error);
    }

    static final class NotApplicable extends Exception {
        NotApplicable(String reason) {
            super(reason);
        }
    }

    static void check(boolean condition, String sentence) {
        if (!condition) {
            throw new AssertionError(sentence);
        }
    }

    static void equal(Object found, Object wanted, String what) {
        if (!Objects.deepEquals(found, wanted)) {
            throw new AssertionError(what + ": " + brief(found) + ", not " + brief(wanted));
        }
    }

    private static String brief(Object value) {
        String text = value instanceof byte[] bytes ? bytes.length + " bytes " + Arrays.hashCode(bytes) : String.valueOf(value);
        return text.length() > 200 ? text.substring(0, 200) + "..." : text;
    }

    static void fails(Callable<?> call, String wanted, Code code, String what) {
        try {
            call.call();
        } catch (Exception error) {
            check(wanted.equals(code.of(error)), what + ": " + code.of(error) + ", not " + wanted + " (" + error.getMessage() + ")");
            return;
        }
        throw new AssertionError(what + ": succeeded, should fail with " + wanted);
    }

    static void waitUntil(String what, Callable<Boolean> condition) throws Exception {
        long end = System.nanoTime() + 30_000_000_000L;
        while (!condition.call()) {
            check(System.nanoTime() < end, what + " did not come true in 30 s");
            Thread.sleep(100);
        }
    }

    static byte[] content(int size) {
        byte[] data = new byte[size];
        new Random(size * 31L).nextBytes(data);
        return data;
    }

    static String md5(byte[] data) throws Exception {
        StringBuilder text = new StringBuilder();
        for (byte b : MessageDigest.getInstance("MD5").digest(data)) {
            text.append(String.format("%02X", b));
        }
        return text.toString();
    }

    private static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            out.append(c == '"' || c == '\\' ? "\\" + c : c < ' ' ? String.format("\\u%04x", (int) c) : String.valueOf(c));
        }
        return out.append('"').toString();
    }

    static void run(Map<String, Feature> features, String[] only) {
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String feature : FEATURES) {
            if (only.length > 0 && !Arrays.asList(only).contains(feature)) {
                continue;
            }
            String result = "ok";
            String detail = "";
            try {
                String said = features.get(feature).run();
                detail = said == null ? "" : said;
            } catch (NotApplicable reason) {
                result = "n.a.";
                detail = reason.getMessage();
            } catch (Exception | AssertionError error) {
                result = "FAIL";
                String line = Arrays.stream(error.getStackTrace()).filter(f -> f.getClassName().startsWith("Client"))
                        .findFirst().map(f -> "line " + f.getLineNumber() + ": ").orElse("");
                String text = String.valueOf(error.getMessage()).replace('\n', ' ');
                detail = line + (error instanceof AssertionError ? "" : error.getClass().getSimpleName() + " ")
                        + text.substring(0, Math.min(text.length(), 600));
                if (System.getenv("CLIENT_VERBOSE") != null) {
                    ByteArrayOutputStream trace = new ByteArrayOutputStream();
                    error.printStackTrace(new PrintStream(trace));
                    System.err.println(trace);
                }
            }
            out.println("{\"feature\": " + quoted(feature) + ", \"result\": " + quoted(result) + ", \"detail\": " + quoted(detail) + "}");
        }
        System.exit(0);
    }

    private Suite() {
    }
}
