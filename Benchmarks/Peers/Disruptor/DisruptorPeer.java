// The LMAX Disruptor as a peer of the suite: numbers from one thread to another through a ring of
// 65,536 places; the lines are those of the protocol (Benchmarks/Peers/README.md).
import com.lmax.disruptor.BusySpinWaitStrategy;
import com.lmax.disruptor.EventHandler;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.YieldingWaitStrategy;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CountDownLatch;

public final class DisruptorPeer {
    private static final int PLACES = 65_536;
    private static final long FIRST_ITEMS = 1 << 20;

    /** Rounds before the measured one, at the least: the first of a machine is interpreted. */
    private static final int WARM_UPS_MIN = 3;

    private static final class Item {
        long value;
    }

    private static final class Digest implements EventHandler<Item> {
        private final long wanted;
        private final CountDownLatch done;
        long items;
        long digest;
        long stop;

        Digest(long wanted, CountDownLatch done) {
            this.wanted = wanted;
            this.done = done;
        }

        @Override
        public void onEvent(Item item, long sequence, boolean isEndOfBatch) {
            digest = digest * 31 + item.value;
            if (++items == wanted) {
                stop = System.nanoTime();
                done.countDown();
            }
        }
    }

    private static void say(String line) {
        System.out.println("peer " + line);
        System.out.flush();
    }

    public static void main(String[] words) throws Exception {
        Map<String, String> request = new HashMap<>();
        for (String word : words) {
            int sign = word.indexOf('=');
            if (sign > 0) request.put(word.substring(0, sign), word.substring(sign + 1));
        }
        say("protocol 1");
        int batch = Integer.parseInt(request.getOrDefault("batch", "1"));
        boolean spins = !request.getOrDefault("idle", "spin").equals("yield");
        double warmUp = Double.parseDouble(request.getOrDefault("warm-up", "0.2"));
        long items = FIRST_ITEMS;
        for (int rounds = 1; ; rounds++) {
            double seconds = run(items, batch, spins, false) / 1e9;
            say("warmed " + items + " " + seconds);
            if (seconds >= warmUp && rounds >= WARM_UPS_MIN) {
                String length = request.get("events");
                double wanted = Double.parseDouble(request.getOrDefault("seconds", "1"));
                long measured =
                        length != null
                                ? Long.parseLong(length)
                                : (long) (items / seconds * wanted) + 1;
                run(measured, batch, spins, true);
                break;
            }
            if (seconds < warmUp) items *= 4;
        }
        say("end");
    }

    private static long run(long items, int batch, boolean spins, boolean isMeasured)
            throws Exception {
        CountDownLatch done = new CountDownLatch(1);
        Digest digest = new Digest(items, done);
        Disruptor<Item> disruptor =
                new Disruptor<>(
                        Item::new,
                        PLACES,
                        runnable -> {
                            Thread thread = new Thread(runnable, "consumer");
                            thread.setDaemon(true);
                            return thread;
                        },
                        ProducerType.SINGLE,
                        spins ? new BusySpinWaitStrategy() : new YieldingWaitStrategy());
        disruptor.handleEventsWith(digest);
        RingBuffer<Item> ring = disruptor.start();
        if (isMeasured) say("start");
        long start = System.nanoTime();
        for (long first = 0; first < items; first += batch) {
            int count = (int) Math.min(batch, items - first);
            long high = ring.next(count);
            long low = high - count + 1;
            for (long place = low; place <= high; place++) {
                ring.get(place).value = first + (place - low);
            }
            ring.publish(low, high);
        }
        done.await();
        long length = digest.stop - start;
        if (isMeasured) {
            say("stop " + items + " " + length);
            say("value items " + digest.items);
            say("value digest " + Long.toUnsignedString(digest.digest));
        }
        disruptor.halt();
        return length;
    }
}
