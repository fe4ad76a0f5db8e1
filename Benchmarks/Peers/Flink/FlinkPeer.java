// Apache Flink as a peer of the suite: a cluster within this process, a job for each round, and the
// lines of the protocol (Benchmarks/Peers/README.md).
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.MemorySize;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.configuration.TaskManagerOptions;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.runtime.util.EnvironmentInformation;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

public final class FlinkPeer {
    /** A job that runs so many events, and tells its answer after the measured round. */
    interface Job {
        void build(StreamExecutionEnvironment environment, long events) throws Exception;

        /** Operators that end the window when each of them is done. */
        int sinks();

        /** Forgets the answer of the round before. */
        void reset();

        void tell();
    }

    /** Events of the first round: half a second on a cold virtual machine. */
    private static final long FIRST_EVENTS = 250_000;

    /** Rounds before the measured one, at the least: the first job of a machine is interpreted. */
    private static final int WARM_UPS_MIN = 3;

    /** Seconds of the last of them, so that the compiler is done with what is hot. */
    private static final double WARM_UP_SECONDS_MIN = 0.5;

    /** A checkpoint a second is what Flink's documentation suggests for most jobs. */
    private static final long CHECKPOINT_NANOSECONDS = 1_000_000_000L;

    private final Map<String, String> request = new HashMap<>();

    private String text(String key, String absent) {
        return request.getOrDefault(key, absent);
    }

    private long number(String key, long absent) {
        return Long.parseLong(text(key, Long.toString(absent)));
    }

    public static void main(String[] words) throws Exception {
        if (words.length == 1 && words[0].equals("version")) {
            System.out.println(EnvironmentInformation.getVersion());
            return;
        }
        FlinkPeer peer = new FlinkPeer();
        for (String word : words) {
            int sign = word.indexOf('=');
            if (sign < 0) {
                System.err.println("portals-peer-flink: '" + word + "' is no key=value");
                System.exit(64);
            }
            peer.request.put(word.substring(0, sign), word.substring(sign + 1));
        }
        Report.say("protocol 1");
        long seed = peer.number("seed", 1);
        switch (peer.text("workload", "")) {
            case "keyed-count":
                peer.measure(new KeyedCountJob(seed, (int) peer.number("keys", 10_000)));
                break;
            case "shopping-cart":
                peer.measure(new AcyclicCartJob(seed));
                break;
            default:
                System.err.println("portals-peer-flink: no job for " + peer.text("workload", ""));
                System.exit(64);
        }
        Report.say("end");
        // Threads of the cluster may still be there.
        Runtime.getRuntime().halt(0);
    }

    private void measure(Job job) throws Exception {
        double warmUp = Double.parseDouble(text("warm-up", "0.2"));
        if (warmUp > 0) warmUp = Math.max(warmUp, WARM_UP_SECONDS_MIN);
        long events = FIRST_EVENTS;
        for (int rounds = 1; ; rounds++) {
            run(job, events, false);
            double seconds = Window.nanoseconds() / 1e9;
            Report.say("warmed " + events + " " + seconds);
            if (seconds >= warmUp && rounds >= WARM_UPS_MIN) {
                long measured =
                        request.containsKey("events")
                                ? number("events", 0)
                                : (long) (events / seconds * Double.parseDouble(text("seconds", "1")))
                                        + 1;
                run(job, measured, true);
                Report.say("stop " + measured + " " + Window.nanoseconds());
                job.tell();
                return;
            }
            if (seconds < warmUp) events *= 4;
        }
    }

    private void run(Job job, long events, boolean isMeasured) throws Exception {
        int workers = (int) number("workers", 1);
        Configuration options = new Configuration();
        options.set(TaskManagerOptions.MANAGED_MEMORY_SIZE, MemorySize.ofMebiBytes(512));
        options.set(StateBackendOptions.STATE_BACKEND, text("backend", "hashmap"));
        if (request.containsKey("directory")) {
            options.setString("io.tmp.dirs", text("directory", ""));
        }
        if (text("journal", "none").equals("durable")) {
            long nanoseconds = number("snapshots", CHECKPOINT_NANOSECONDS);
            options.set(
                    CheckpointingOptions.CHECKPOINTING_INTERVAL, Duration.ofNanos(nanoseconds));
            options.set(
                    CheckpointingOptions.CHECKPOINTING_CONSISTENCY_MODE,
                    CheckpointingMode.EXACTLY_ONCE);
            options.set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true);
            options.set(
                    CheckpointingOptions.CHECKPOINTS_DIRECTORY,
                    "file://" + text("directory", "/tmp") + "/checkpoints");
        }
        StreamExecutionEnvironment environment =
                StreamExecutionEnvironment.createLocalEnvironment(workers, options);
        // Its own functions never keep an event that they were given.
        environment.getConfig().enableObjectReuse();
        job.reset();
        Window.reset(workers * job.sinks(), isMeasured);
        job.build(environment, events);
        environment.execute();
    }
}
