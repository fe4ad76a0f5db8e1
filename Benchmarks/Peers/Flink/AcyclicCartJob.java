// The shopping cart without its cycle, which Flink 2 cannot express: adds and removes go to the
// inventory first and what became of them to the cart. A remove returns a unit whatever the cart
// holds, and a cart has no bound, because neither can be asked.
import java.util.Arrays;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.PrimitiveArrayTypeInfo;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.api.java.tuple.Tuple3;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

final class AcyclicCartJob implements FlinkPeer.Job {
    static final int USERS = 128;
    static final int ITEMS = 1_024;

    static final int ADD = 0;
    static final int REMOVE = 1;
    static final int CHECK_OUT = 2;
    static final int RESTOCK = 3;

    static final int GRANTED = 0;
    static final int REFUSED = 1;
    static final int RETURNED = 2;

    private final long seed;

    AcyclicCartJob(long seed) {
        this.seed = seed;
    }

    @Override
    public int sinks() {
        return 2;
    }

    @Override
    public void reset() {
        CartAnswer.reset();
    }

    @Override
    public void tell() {
        CartAnswer.tell();
    }

    @Override
    public void build(StreamExecutionEnvironment environment, long events) {
        // Kind or reply, user, item.
        TypeInformation<Tuple3<Integer, Integer, Integer>> triple =
                Types.TUPLE(Types.INT, Types.INT, Types.INT);
        DataStream<Tuple3<Integer, Integer, Integer>> operations =
                environment
                        .fromSequence(0, events - 1)
                        .map(new Operations(Generators.splitMix64(seed, 0)))
                        .returns(triple);
        DataStream<Tuple3<Integer, Integer, Integer>> restocks =
                environment
                        .fromSequence(0, events - 1)
                        .map(new Restocks(Generators.splitMix64(seed, 1)))
                        .returns(triple);
        DataStream<Tuple3<Integer, Integer, Integer>> replies =
                operations
                        .filter(operation -> operation.f0 != CHECK_OUT)
                        .union(restocks)
                        .keyBy(event -> event.f2, Types.INT)
                        .process(new Inventory())
                        .returns(triple);
        // Check-outs are told apart from replies by their kind.
        SingleOutputStreamOperator<Tuple2<Integer, int[]>> orders =
                operations
                        .filter(operation -> operation.f0 == CHECK_OUT)
                        .map(
                                operation -> {
                                    operation.f0 = RESTOCK;
                                    return operation;
                                })
                        .returns(triple)
                        .union(replies)
                        .keyBy(event -> event.f1, Types.INT)
                        .process(new Carts())
                        .returns(Types.TUPLE(
                                        Types.INT,
                                        PrimitiveArrayTypeInfo.INT_PRIMITIVE_ARRAY_TYPE_INFO));
        orders.transform("orders", Types.VOID, new CountingSink<>(new CartAnswer.Orders()));
        orders.flatMap(
                        (Tuple2<Integer, int[]> order, Collector<Integer> out) -> {
                            for (int item : order.f1) out.collect(item);
                        })
                .returns(Types.INT)
                .keyBy(item -> item, Types.INT)
                .process(new ItemCounts())
                .returns(Types.TUPLE(Types.INT, Types.LONG))
                .transform("top items", Types.VOID, new CountingSink<>(new CartAnswer.TopItems()));
    }

    private static final class Operations
            extends RichMapFunction<Long, Tuple3<Integer, Integer, Integer>> {
        private static final long serialVersionUID = 1;
        private final long origin;
        private transient boolean hasBegun;

        Operations(long origin) {
            this.origin = origin;
        }

        @Override
        public Tuple3<Integer, Integer, Integer> map(Long index) {
            if (!hasBegun) {
                hasBegun = true;
                Window.begin();
            }
            // The digits of one random fraction in the mixed radix (3, users, items).
            long bits = Generators.splitMix64(origin, index);
            long kind = Generators.scaled(bits, 3);
            bits *= 3;
            long user = Generators.scaled(bits, USERS);
            bits *= USERS;
            return Tuple3.of((int) kind, (int) user, (int) Generators.scaled(bits, ITEMS));
        }
    }

    private static final class Restocks
            extends RichMapFunction<Long, Tuple3<Integer, Integer, Integer>> {
        private static final long serialVersionUID = 1;
        private final long origin;
        private transient boolean hasBegun;

        Restocks(long origin) {
            this.origin = origin;
        }

        @Override
        public Tuple3<Integer, Integer, Integer> map(Long index) {
            if (!hasBegun) {
                hasBegun = true;
                Window.begin();
            }
            long bits = Generators.splitMix64(origin, index);
            return Tuple3.of(RESTOCK, 0, (int) Generators.scaled(bits, ITEMS));
        }
    }

    /** A shelf: units in stock, granted, refused, returned. */
    private static final class Inventory
            extends KeyedProcessFunction<
                    Integer, Tuple3<Integer, Integer, Integer>, Tuple3<Integer, Integer, Integer>> {
        private static final long serialVersionUID = 1;
        private transient ValueState<long[]> shelves;

        @Override
        public void open(OpenContext context) {
            shelves =
                    getRuntimeContext()
                            .getState(
                                    new ValueStateDescriptor<>(
                                            "shelf",
                                            PrimitiveArrayTypeInfo.LONG_PRIMITIVE_ARRAY_TYPE_INFO));
        }

        @Override
        public void processElement(
                Tuple3<Integer, Integer, Integer> event,
                Context context,
                Collector<Tuple3<Integer, Integer, Integer>> out)
                throws Exception {
            long[] shelf = shelves.value();
            if (shelf == null) {
                shelf = new long[4];
                // Fires when all input is there: then the state is the answer.
                context.timerService().registerEventTimeTimer(Long.MAX_VALUE);
            }
            if (event.f0 == RESTOCK) {
                shelf[0]++;
            } else {
                int reply = event.f0 == REMOVE ? RETURNED : shelf[0] > 0 ? GRANTED : REFUSED;
                if (reply == GRANTED) shelf[0]--;
                if (reply == RETURNED) shelf[0]++;
                shelf[1 + reply]++;
                out.collect(Tuple3.of(reply, event.f1, event.f2));
            }
            shelves.update(shelf);
        }

        @Override
        public void onTimer(
                long time, OnTimerContext context, Collector<Tuple3<Integer, Integer, Integer>> out)
                throws Exception {
            CartAnswer.addShelf(context.getCurrentKey(), shelves.value());
        }
    }

    /** A cart: orders, empty check-outs, granted, refused, returned, number of items; the items. */
    private static final class Carts
            extends KeyedProcessFunction<
                    Integer, Tuple3<Integer, Integer, Integer>, Tuple2<Integer, int[]>> {
        private static final long serialVersionUID = 1;
        private static final int ORDERS = 0;
        private static final int EMPTY = 1;
        private static final int REPLIES = 2;
        private static final int COUNT = 5;
        private static final int FIRST = 6;
        private transient ValueState<int[]> carts;

        @Override
        public void open(OpenContext context) {
            carts =
                    getRuntimeContext()
                            .getState(
                                    new ValueStateDescriptor<>(
                                            "cart",
                                            PrimitiveArrayTypeInfo.INT_PRIMITIVE_ARRAY_TYPE_INFO));
        }

        @Override
        public void processElement(
                Tuple3<Integer, Integer, Integer> event,
                Context context,
                Collector<Tuple2<Integer, int[]>> out)
                throws Exception {
            int[] cart = carts.value();
            if (cart == null) {
                cart = new int[FIRST + 10];
                context.timerService().registerEventTimeTimer(Long.MAX_VALUE);
            }
            if (event.f0 != RESTOCK) {
                cart[REPLIES + event.f0]++;
                if (event.f0 == GRANTED) {
                    int place = FIRST + cart[COUNT]++;
                    if (place == cart.length) cart = Arrays.copyOf(cart, 2 * cart.length);
                    cart[place] = event.f2;
                }
            } else if (cart[COUNT] == 0) {
                cart[EMPTY]++;
            } else {
                int[] items = Arrays.copyOfRange(cart, FIRST, FIRST + cart[COUNT]);
                cart[ORDERS]++;
                cart[COUNT] = 0;
                out.collect(Tuple2.of(event.f1, items));
            }
            carts.update(cart);
        }

        @Override
        public void onTimer(
                long time, OnTimerContext context, Collector<Tuple2<Integer, int[]>> out)
                throws Exception {
            int[] cart = carts.value();
            CartAnswer.addCart(
                    context.getCurrentKey(),
                    Arrays.copyOfRange(cart, FIRST, FIRST + cart[COUNT]),
                    Arrays.copyOf(cart, COUNT));
        }
    }

    private static final class ItemCounts
            extends KeyedProcessFunction<Integer, Integer, Tuple2<Integer, Long>> {
        private static final long serialVersionUID = 1;
        private transient ValueState<Long> counts;

        @Override
        public void open(OpenContext context) {
            counts = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Types.LONG));
        }

        @Override
        public void processElement(
                Integer item, Context context, Collector<Tuple2<Integer, Long>> out)
                throws Exception {
            Long before = counts.value();
            Long now = before == null ? 1 : before + 1;
            counts.update(now);
            out.collect(Tuple2.of(item, now));
        }
    }
}
