/* The commit, release and recovery protocol of a site's journal, for spin. README.md beside this
   file says what each part stands for; scripts/test-protocol-model checks it, whole and with one
   rule missing at a time. */

/* The world: inputs for worker A and for worker B; each makes an output. */
#ifndef INPUTS_A
#define INPUTS_A 2
#endif
#define INPUTS_B 1
#define OUTPUTS (INPUTS_A + INPUTS_B)
/* A forgotten dedupe takes one input more. */
#define TAKEN_MAX 4
#define RECORDS_MAX 20

/* Crashes and takeovers that may happen, each at any instant. */
#ifndef CRASHES
#define CRASHES 2
#endif
#ifndef TAKEOVERS
#define TAKEOVERS 0
#endif

/* Records of the journal. An input of A is INPUT_A + 8 * sequence + the time that its step
   recorded; sequences count from 1. The time is the process's epoch: no process
   chooses what another did, so whatever can be contradicted is. */
#define TAKE_A 1
#define TAKE_B 2
#define RECORD_INPUT_B 3
#define CUT 4
#define INPUT_A 8
/* What an output made of B's own input says; one made of A's says its record. */
#define OUTPUT_OF_B 5

mtype = { dead, opened, sinkFenced, replayed, cutAppended, live }
mtype = { resting, counted, drainedA, appended }

/* A process: what its end destroys. */
typedef Process {
    mtype phase;
    byte epoch;
    /* Worker A: inputs taken, with their records; how many of them are in the ring to the
       writer, and how many were sent on to B; drains until the acknowledgement of each may
       leave. */
    byte takenA;
    byte inputA[TAKEN_MAX];
    byte recordedA;
    byte sentA;
    byte waitA[TAKEN_MAX];
    /* Worker B: own inputs taken; its records of this life and how many are in its ring; how many
       inputs of each kind its steps consumed; what they made, and drains until it may leave. */
    byte takenB;
    byte waitB;
    byte recordB[TAKEN_MAX + 2];
    byte madeB;
    byte recordedB;
    byte consumedA;
    byte consumedB;
    byte output[TAKEN_MAX];
    byte outputs;
    byte waitOutput[TAKEN_MAX];
    byte released;
    /* The writer: its place; 1 while a drain is counted and not durable (drain - durable); what the
       drain found in each ring; what the journal has of each worker in this life. */
    mtype writer;
    bit draining;
    byte foundA;
    byte writtenA;
    byte writtenB;
}
Process process[2];

/* The storage: records, how many survive a crash of the machine, where the last block begins, and
   the newest epoch. */
byte journal[RECORDS_MAX];
byte length;
byte durableLength;
byte lastBlock;
byte journalEpoch;

/* The outside: what the sink holds, its epoch, and how many inputs were acknowledged. */
byte sink[OUTPUTS];
byte sinkCount;
byte sinkEpoch;
byte acknowledgedA;
byte acknowledgedB;

byte crashesLeft = CRASHES;
byte takeoversLeft = TAKEOVERS;

/* Scratch of atomic steps, no part of the state. */
hidden byte k;
hidden byte r;
hidden byte pending[RECORDS_MAX];
hidden byte pendings;
hidden byte next;

#define P process[p]

/* The release rule. E is the drain counter at the moment of production; what waits may leave when
   durable >= E + 1. Kept as drains still to come, E + 1 - durable, so that equal states are
   equal. */
#if defined(RELEASE_BEFORE_DURABLE)
#define WAIT 0
#elif defined(RELEASE_AT_E)
#define WAIT (P.draining)
#else
#define WAIT (P.draining + 1)
#endif

#ifdef NO_FENCE
#define ACCEPTED true
#else
#define ACCEPTED (P.epoch == journalEpoch)
#endif

inline lose(p) {
    P.phase = dead; P.epoch = 0;
    P.takenA = 0; P.recordedA = 0; P.sentA = 0;
    P.takenB = 0; P.waitB = 0; P.madeB = 0; P.recordedB = 0;
    P.consumedA = 0; P.consumedB = 0; P.outputs = 0; P.released = 0;
    P.writer = resting; P.draining = 0;
    P.foundA = 0; P.writtenA = 0; P.writtenB = 0;
    k = 0;
    do
    :: k < TAKEN_MAX ->
        P.inputA[k] = 0; P.waitA[k] = 0; P.output[k] = 0; P.waitOutput[k] = 0; k++
    :: else -> break
    od;
    k = 0;
    do
    :: k < TAKEN_MAX + 2 -> P.recordB[k] = 0; k++
    :: else -> break
    od;
    k = 0
}

inline append(entry) {
    assert(length < RECORDS_MAX);
    journal[length] = entry;
    length++
}

/* Worker A takes its next input, or one that it had. */
inline takeA(p, sequence) {
    P.inputA[P.takenA] = INPUT_A + 8 * (sequence) + P.epoch;
    P.takenA++;
#ifdef RECORD_AFTER_SEND
    P.sentA = P.takenA
#else
    P.waitA[P.recordedA] = WAIT;
    P.recordedA = P.takenA
#endif
}

/* A step of worker B: the decision goes into its ring, the output comes out of the step. */
inline step(p, decision, result) {
    P.recordB[P.madeB] = decision;
    P.madeB++;
#ifndef NO_BARRIER
    P.recordedB = P.madeB;
#endif
    P.output[P.outputs] = result;
    P.waitOutput[P.outputs] = WAIT;
    P.outputs++
}

/* Output k of process p reaches the outside. */
inline put(p) {
#ifdef IDEMPOTENT_SINK
    if
    :: k < sinkCount -> assert(sink[k] == P.output[k]) /* contradicted */
    :: else ->
        assert(k == sinkCount); /* lost */
        assert(k < OUTPUTS); /* repeated under a new number */
        sink[k] = P.output[k];
        sinkCount++
    fi
#else
    assert(k >= sinkCount); /* repeated */
    assert(k == sinkCount); /* lost */
    assert(k < OUTPUTS); /* repeated under a new number */
    sink[k] = P.output[k];
    sinkCount++
#endif
}

proctype WorkerA(byte p) {
end:
    do
    :: atomic { P.phase == live && P.takenA < INPUTS_A -> takeA(p, P.takenA + 1) }
#ifdef NO_DEDUPE
    :: atomic { P.phase == live && P.takenA == INPUTS_A -> takeA(p, 1) }
#endif
#ifdef RECORD_AFTER_SEND
    :: atomic { P.phase == live && P.recordedA < P.sentA ->
        P.waitA[P.recordedA] = WAIT;
        P.recordedA++ }
#else
    :: atomic { P.phase == live && P.sentA < P.recordedA -> P.sentA++ }
#endif
    /* An acknowledgement says how many inputs were taken: it may come twice. */
    :: atomic { (P.phase == live && acknowledgedA < INPUTS_A && acknowledgedA < P.recordedA &&
        P.waitA[acknowledgedA] == 0) -> acknowledgedA++ }
    od
}

proctype WorkerB(byte p) {
end:
    do
    :: atomic { P.phase == live && P.takenB < INPUTS_B ->
        P.takenB++;
        P.recordB[P.madeB] = RECORD_INPUT_B;
        P.madeB++;
        P.recordedB = P.madeB;
        P.waitB = WAIT }
    /* The order of these two is the decision. */
    :: atomic { P.phase == live && P.consumedA < P.sentA ->
        step(p, TAKE_A, P.inputA[P.consumedA]);
        P.consumedA++ }
    :: atomic { P.phase == live && P.consumedB < P.takenB ->
        step(p, TAKE_B, OUTPUT_OF_B);
        P.consumedB++ }
#ifdef NO_BARRIER
    :: atomic { P.phase == live && P.recordedB < P.madeB -> P.recordedB = P.madeB }
#endif
    :: atomic { P.phase == live && acknowledgedB < P.takenB && P.waitB == 0 -> acknowledgedB++ }
    :: atomic { P.phase == live && P.released < P.outputs && P.waitOutput[P.released] == 0 ->
        k = P.released;
        P.released++;
#ifndef NO_SINK_FENCE
        if
        :: P.epoch == sinkEpoch -> put(p)
        :: else -> skip
        fi
#else
        put(p)
#endif
        ; k = 0 }
    od
}

inline passed(drains) {
    if
    :: drains > 0 -> drains = drains - 1
    :: else -> skip
    fi
}

#define WAITS_A (P.waitA[0] > 0 || P.waitA[1] > 0 || P.waitA[2] > 0)
#define WAITS_OUTPUT (P.waitOutput[0] > 0 || P.waitOutput[1] > 0 || P.waitOutput[2] > 0 \
    || P.waitOutput[3] > 0)
#define RINGS_HOLD (P.recordedA > P.writtenA || P.recordedB > P.writtenB)
#if defined(DRAIN_ALWAYS)
#define DRAIN_DUE true
#elif defined(REST_WHEN_EMPTY)
#define DRAIN_DUE (RINGS_HOLD)
#else
#define DRAIN_DUE (RINGS_HOLD || WAITS_A || P.waitB > 0 || WAITS_OUTPUT)
#endif

/* durable = drain: what waited for this drain waits no longer. */
inline commit(p) {
    P.draining = 0;
    passed(P.waitA[0]); passed(P.waitA[1]); passed(P.waitA[2]);
    passed(P.waitB);
    passed(P.waitOutput[0]); passed(P.waitOutput[1]); passed(P.waitOutput[2]);
    passed(P.waitOutput[3]);
    P.foundA = 0;
    P.writer = resting
}

proctype Writer(byte p) {
end:
    do
    :: atomic { P.phase == live && P.writer == resting && DRAIN_DUE ->
        P.draining = 1; P.writer = counted }
    :: atomic { P.writer == counted -> P.foundA = P.recordedA; P.writer = drainedA }
    /* What the drain finds in B's ring goes with what it found in A's, as one block. */
    :: d_step { P.writer == drainedA ->
        if
        /* An empty block is not written, so nothing refuses it. */
        :: P.foundA == P.writtenA && P.recordedB == P.writtenB -> commit(p)
        :: else ->
            if
            :: ACCEPTED ->
                lastBlock = length;
                do
                :: P.writtenA < P.foundA -> append(P.inputA[P.writtenA]); P.writtenA++
                :: else -> break
                od;
                do
                :: P.writtenB < P.recordedB -> append(P.recordB[P.writtenB]); P.writtenB++
                :: else -> break
                od;
                P.writer = appended
            :: else -> lose(p)
            fi
        fi }
    :: d_step { P.writer == appended -> durableLength = length; commit(p) }
    od
}

/* Steps of B follow the recorded decisions as far as their inputs are there. */
inline follow(p) {
    do
    :: next < pendings && pending[next] == TAKE_A && P.consumedA < P.takenA ->
        assert(P.outputs < TAKEN_MAX);
        P.output[P.outputs] = P.inputA[P.consumedA];
        P.outputs++; P.consumedA++; next++
    :: next < pendings && pending[next] == TAKE_B && P.consumedB < P.takenB ->
        assert(P.outputs < TAKEN_MAX);
        P.output[P.outputs] = OUTPUT_OF_B;
        P.outputs++; P.consumedB++; next++
    :: else -> break
    od
}

/* The journal is read and followed; what is unmet where a cut stands, or at the end, is
   discarded. */
inline replay(p) {
    pendings = 0; next = 0; r = 0;
    do
    :: r < length ->
        if
        :: journal[r] >= INPUT_A ->
            assert(P.takenA < TAKEN_MAX);
            P.inputA[P.takenA] = journal[r];
            P.takenA++
        :: journal[r] == RECORD_INPUT_B -> P.takenB++
        :: journal[r] == CUT -> follow(p); pendings = next
        :: else -> pending[pendings] = journal[r]; pendings++
        fi;
        r++
    :: else -> break
    od;
    follow(p);
    r = 0;
    do
    :: r < pendings -> pending[r] = 0; r++
    :: else -> break
    od;
    pendings = 0; next = 0; r = 0;
    P.recordedA = P.takenA; P.sentA = P.takenA; P.writtenA = P.takenA;

    /* What the outside knows must have come back as it was. */
    assert(acknowledgedA <= P.takenA && acknowledgedB <= P.takenB); /* acknowledged, lost */
    assert(sinkCount <= P.outputs); /* released, lost */
    do
    :: r < sinkCount ->
        assert(sink[r] == P.output[r]); /* released, contradicted */
        r++
    :: else -> break
    od;
    r = 0
}

proctype Recovery(byte p) {
end:
    do
    /* The sink takes a newer epoch only: a slow process must not fence out the one after it. */
    :: atomic { P.phase == opened ->
        if
        :: P.epoch < sinkEpoch -> lose(p)
        :: else ->
            sinkEpoch = P.epoch;
#ifndef SUPPRESS_NOTHING
            P.released = sinkCount;
#endif
            P.phase = sinkFenced
        fi }
    :: d_step { P.phase == sinkFenced -> replay(p); P.phase = replayed }
    :: d_step { P.phase == replayed ->
        if
        :: ACCEPTED ->
#ifndef NO_CUT_RECORD
            lastBlock = length;
            append(CUT);
#endif
#ifdef RELEASE_UNSYNCED_REPLAY
            P.phase = live
#else
            P.phase = cutAppended
#endif
        :: else -> lose(p)
        fi }
    :: atomic { P.phase == cutAppended -> durableLength = length; P.phase = live }
    od
}

inline open(p) {
    journalEpoch++;
    P.epoch = journalEpoch;
    P.phase = opened
}

/* A crash of the machine keeps what is durable; of the rest, nothing, the blocks before the last,
   or all. */
inline tear() {
    if
    :: length > durableLength -> length = durableLength
    :: lastBlock > durableLength && lastBlock < length -> length = lastBlock
    :: true -> skip
    fi;
    durableLength = length;
    lastBlock = length;
    k = length;
    do
    :: k < RECORDS_MAX -> journal[k] = 0; k++
    :: else -> break
    od;
    k = 0
}

#define NEWEST(p) process[p].phase != dead && process[p].epoch == journalEpoch

proctype Environment() {
    do
    /* A process is killed: what it wrote stays, durable or not. */
    :: atomic { crashesLeft > 0 && process[0].phase != dead -> crashesLeft--; lose(0) }
    :: atomic { crashesLeft > 0 && process[1].phase != dead -> crashesLeft--; lose(1) }
    /* The machine goes, with every process on it. */
    :: atomic { crashesLeft > 0 && (process[0].phase != dead || process[1].phase != dead) ->
        crashesLeft--; lose(0); lose(1); tear() }
    /* A supervisor starts a process where none is, or where one is only slow. */
    :: atomic { process[0].phase == dead && !(NEWEST(1)) -> open(0) }
    :: atomic { process[1].phase == dead && process[0].phase != dead && !(NEWEST(0)) -> open(1) }
    :: atomic { takeoversLeft > 0 && process[0].phase == dead && NEWEST(1) ->
        takeoversLeft--; open(0) }
    :: atomic { takeoversLeft > 0 && process[1].phase == dead && NEWEST(0) ->
        takeoversLeft--; open(1) }
    /* From here on nothing fails. */
    :: atomic { crashesLeft > 0 || takeoversLeft > 0 -> crashesLeft = 0; takeoversLeft = 0 }
    /* At rest everything has happened: each input is acknowledged and each output released. */
    :: timeout ->
        assert(sinkCount == OUTPUTS);
        assert(acknowledgedA == INPUTS_A && acknowledgedB == INPUTS_B);
        break
    od
}

init {
    atomic {
        process[0].phase = dead; process[1].phase = dead;
        process[0].writer = resting; process[1].writer = resting;
        run Environment();
        run WorkerA(0); run WorkerB(0); run Writer(0); run Recovery(0);
#if TAKEOVERS > 0
        run WorkerA(1); run WorkerB(1); run Writer(1); run Recovery(1)
#endif
    }
}
