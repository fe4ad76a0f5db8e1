// Keyed count: sequence, map to the key, keyBy, a running count in keyed state, a sink.
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

final class KeyedCountJob implements FlinkPeer.Job {
    private static long[] counts;
    private static long records;
    private static long sumOfCounts;

    private final long seed;
    private final int keys;

    KeyedCountJob(long seed, int keys) {
        this.seed = seed;
        this.keys = keys;
    }

    @Override
    public int sinks() {
        return 1;
    }

    @Override
    public void reset() {
        counts = new long[keys];
        records = 0;
        sumOfCounts = 0;
    }

    @Override
    public void build(StreamExecutionEnvironment environment, long events) {
        environment
                .fromSequence(0, events - 1)
                .map(new Keys(seed, keys))
                .returns(Types.LONG)
                .keyBy(key -> key, Types.LONG)
                .process(new Count())
                .returns(Types.TUPLE(Types.LONG, Types.LONG))
                .transform("counts", Types.VOID, new CountingSink<>(new Sink(keys)));
    }

    @Override
    public void tell() {
        Report.value("records", records);
        Report.value("sum-of-counts", sumOfCounts);
        Report.values("counts", counts);
    }

    private static synchronized void add(long moreRecords, long moreSum, long[] lastCounts) {
        records += moreRecords;
        sumOfCounts += moreSum;
        for (int key = 0; key < lastCounts.length; key++) counts[key] += lastCounts[key];
    }

    private static final class Keys extends RichMapFunction<Long, Long> {
        private static final long serialVersionUID = 1;
        private final long seed;
        private final int keys;
        private transient boolean hasBegun;

        Keys(long seed, int keys) {
            this.seed = seed;
            this.keys = keys;
        }

        @Override
        public Long map(Long index) {
            if (!hasBegun) {
                hasBegun = true;
                Window.begin();
            }
            return Generators.scaled(Generators.splitMix64(seed, index), keys);
        }
    }

    private static final class Count extends KeyedProcessFunction<Long, Long, Tuple2<Long, Long>> {
        private static final long serialVersionUID = 1;
        private transient ValueState<Long> count;
        private transient Tuple2<Long, Long> record;

        @Override
        public void open(OpenContext context) {
            count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
            record = new Tuple2<>();
        }

        @Override
        public void processElement(Long key, Context context, Collector<Tuple2<Long, Long>> out)
                throws Exception {
            Long before = count.value();
            Long now = before == null ? 1 : before + 1;
            count.update(now);
            record.f0 = key;
            record.f1 = now;
            out.collect(record);
        }
    }

    /** Remembers the last count of each key, so that the state need not be read afterwards. */
    private static final class Sink implements CountingSink.Taker<Tuple2<Long, Long>> {
        private static final long serialVersionUID = 1;
        private final int keys;
        private transient long[] last;
        private transient long records;
        private transient long sum;

        Sink(int keys) {
            this.keys = keys;
        }

        @Override
        public void open() {
            last = new long[keys];
        }

        @Override
        public void take(Tuple2<Long, Long> record) {
            records++;
            sum += record.f1;
            last[record.f0.intValue()] = record.f1;
        }

        @Override
        public void close() {
            add(records, sum, last);
        }
    }
}
