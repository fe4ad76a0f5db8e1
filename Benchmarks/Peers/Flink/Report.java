// The lines that the peer prints: Benchmarks/Peers/README.md says what each means.
final class Report {
    private static final int VALUES_A_LINE = 1_000;

    private Report() {}

    static void say(String line) {
        synchronized (System.out) {
            System.out.println("peer " + line);
            System.out.flush();
        }
    }

    static void value(String name, long value) {
        say("value " + name + " " + Long.toUnsignedString(value));
    }

    static void values(String name, long[] values) {
        for (int first = 0; first < values.length; first += VALUES_A_LINE) {
            StringBuilder line = new StringBuilder("values " + name + " " + first);
            for (int at = first; at < Math.min(values.length, first + VALUES_A_LINE); at++) {
                line.append(' ').append(values[at]);
            }
            say(line.toString());
        }
    }

    static void list(String name, int index, long[] values) {
        StringBuilder line = new StringBuilder("list " + name + " " + index);
        for (long value : values) line.append(' ').append(value);
        say(line.toString());
    }
}
