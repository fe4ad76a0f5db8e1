// The sink of a job: takes records, and tells the window when it has had its last one.
import java.io.Serializable;
import org.apache.flink.streaming.api.operators.AbstractStreamOperator;
import org.apache.flink.streaming.api.operators.BoundedOneInput;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;

/**
 * An operator and not a sink of the connectors' interface: only operators are told of the end of
 * their input, before the last checkpoint.
 */
final class CountingSink<Record> extends AbstractStreamOperator<Void>
        implements OneInputStreamOperator<Record, Void>, BoundedOneInput {
    /** What a sink does with a record, and what it leaves at the end. */
    interface Taker<Record> extends Serializable {
        void open();

        void take(Record record);

        void close();
    }

    private static final long serialVersionUID = 1;
    private final Taker<Record> taker;

    CountingSink(Taker<Record> taker) {
        this.taker = taker;
    }

    @Override
    public void open() throws Exception {
        super.open();
        taker.open();
    }

    @Override
    public void processElement(StreamRecord<Record> element) {
        taker.take(element.getValue());
    }

    @Override
    public void endInput() {
        // Before the end is told: the answer is read after it.
        taker.close();
        Window.end();
    }
}
