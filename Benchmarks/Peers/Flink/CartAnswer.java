// The answer of the shopping cart, gathered from the subtasks of a job in this process.
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.api.java.tuple.Tuple2;

final class CartAnswer {
    private static final int TOP_PLACES = 100;

    private static long[] stock;
    private static long[] itemCounts;
    private static long[][] carts;
    private static long[] given;
    private static long[] received;
    private static long orders;
    private static long orderedItems;
    private static long ordersOfCarts;
    private static long emptyCheckouts;
    private static List<long[]> top;

    private CartAnswer() {}

    static synchronized void reset() {
        stock = new long[AcyclicCartJob.ITEMS];
        itemCounts = new long[AcyclicCartJob.ITEMS];
        carts = new long[AcyclicCartJob.USERS][0];
        given = new long[3];
        received = new long[3];
        orders = orderedItems = ordersOfCarts = emptyCheckouts = 0;
        top = new ArrayList<>();
    }

    static synchronized void addShelf(int item, long[] shelf) {
        stock[item] = shelf[0];
        for (int reply = 0; reply < 3; reply++) given[reply] += shelf[1 + reply];
    }

    static synchronized void addCart(int user, int[] items, int[] counts) {
        carts[user] = new long[items.length];
        for (int at = 0; at < items.length; at++) carts[user][at] = items[at];
        ordersOfCarts += counts[0];
        emptyCheckouts += counts[1];
        for (int reply = 0; reply < 3; reply++) received[reply] += counts[2 + reply];
    }

    static synchronized void addOrders(long moreOrders, long moreItems) {
        orders += moreOrders;
        orderedItems += moreItems;
    }

    static synchronized void addTop(List<long[]> entries, long[] counts) {
        top.addAll(entries);
        for (int item = 0; item < counts.length; item++) itemCounts[item] += counts[item];
    }

    static synchronized void tell() {
        Report.values("stock", stock);
        Report.values("item-counts", itemCounts);
        for (int user = 0; user < carts.length; user++) Report.list("cart", user, carts[user]);
        top.sort((one, other) -> ranksAbove(one, other) ? -1 : 1);
        long[] pairs =
                top.stream().limit(TOP_PLACES).flatMapToLong(java.util.Arrays::stream).toArray();
        Report.list("top-items", 0, pairs);
        String[] replies = {"granted", "refused", "returned"};
        for (int reply = 0; reply < 3; reply++) {
            Report.value("given-" + replies[reply], given[reply]);
            Report.value("received-" + replies[reply], received[reply]);
        }
        Report.value("orders", orders);
        Report.value("order-parts", orders);
        Report.value("ordered-items", orderedItems);
        Report.value("orders-of-carts", ordersOfCarts);
        Report.value("empty-checkouts", emptyCheckouts);
        Report.value("missing-removes", 0);
        Report.value("full-returns", 0);
    }

    /** Whether an entry (item, count) comes before another: highest count, then lowest item. */
    private static boolean ranksAbove(long[] one, long[] other) {
        return one[1] > other[1] || (one[1] == other[1] && one[0] < other[0]);
    }

    /** Counts orders and their items. */
    static final class Orders implements CountingSink.Taker<Tuple2<Integer, int[]>> {
        private static final long serialVersionUID = 1;
        private transient long orders;
        private transient long items;

        @Override
        public void open() {}

        @Override
        public void take(Tuple2<Integer, int[]> order) {
            orders++;
            items += order.f1.length;
        }

        @Override
        public void close() {
            addOrders(orders, items);
        }
    }

    /** Keeps the items ordered most while their counts grow, and the last count of each. */
    static final class TopItems implements CountingSink.Taker<Tuple2<Integer, Long>> {
        private static final long serialVersionUID = 1;
        private transient List<long[]> entries;
        private transient long[] counts;
        private transient int lowest;

        @Override
        public void open() {
            entries = new ArrayList<>();
            counts = new long[AcyclicCartJob.ITEMS];
        }

        @Override
        public void take(Tuple2<Integer, Long> record) {
            counts[record.f0] = record.f1;
            long[] entry = {record.f0, record.f1};
            boolean isFull = entries.size() == TOP_PLACES;
            // An item on the list had at least the lowest count before: it ranks above it now.
            if (isFull && !ranksAbove(entry, entries.get(lowest))) return;
            int place = 0;
            while (place < entries.size() && entries.get(place)[0] != entry[0]) place++;
            boolean isStale = place == lowest || place == entries.size();
            if (place < entries.size()) {
                entries.set(place, entry);
            } else if (isFull) {
                entries.set(lowest, entry);
            } else {
                entries.add(entry);
            }
            if (!isStale || entries.size() < TOP_PLACES) return;
            lowest = 0;
            for (int at = 1; at < TOP_PLACES; at++) {
                if (ranksAbove(entries.get(lowest), entries.get(at))) lowest = at;
            }
        }

        @Override
        public void close() {
            addTop(entries, counts);
        }
    }
}
