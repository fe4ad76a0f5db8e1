// C that Swift cannot be: masks of processors, the pause instruction, the group match of the table.
#ifndef CPLATFORM_H
#define CPLATFORM_H
#include "GroupMatch.h"
#include "Processor.h"
#endif
