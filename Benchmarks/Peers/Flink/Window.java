// The measured window of a job: from the first record of any source to the last record of the last
// sink. Starting and ending a job takes a second more, which no long-lived job pays.
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

final class Window {
    private static final AtomicBoolean HAS_BEGUN = new AtomicBoolean();
    private static final AtomicInteger SINKS_LEFT = new AtomicInteger();
    private static final AtomicLong FIRST = new AtomicLong();
    private static final AtomicLong LAST = new AtomicLong();
    private static volatile boolean isMeasured;

    private Window() {}

    static void reset(int sinks, boolean measured) {
        isMeasured = measured;
        SINKS_LEFT.set(sinks);
        HAS_BEGUN.set(false);
    }

    /** A source has its first record. */
    static void begin() {
        if (HAS_BEGUN.compareAndSet(false, true)) {
            if (isMeasured) Report.say("start");
            FIRST.set(System.nanoTime());
        }
    }

    /** A sink has had its last record. */
    static void end() {
        if (SINKS_LEFT.decrementAndGet() == 0) LAST.set(System.nanoTime());
    }

    static long nanoseconds() {
        return LAST.get() - FIRST.get();
    }
}
