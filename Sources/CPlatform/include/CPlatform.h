// C that Swift cannot be: masks of processors, futexes, the pause instruction, the group match of
// the table, the checksum of the journal. What the core includes (Checksum.h, GroupMatch.h,
// Processor.h) knows no operating system.
#ifndef CPLATFORM_H
#define CPLATFORM_H
#include "Checksum.h"
#include "GroupMatch.h"
#include "Processor.h"
#if defined(__linux__)
#include "Affinity.h"
#include "Barrier.h"
#include "Demangle.h"
#include "File.h"
#include "Futex.h"
#include "Libraries.h"
#include "Socket.h"
#include "TimeStampCounter.h"
#include "Touch.h"
#endif
#endif
