// Linked so that the target has an object; the functions are inline in the headers.
#include "CPlatform.h"
