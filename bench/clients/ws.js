'use strict';

// With WS_NO_BUFFER_UTIL=1 in the environment ws runs without bufferutil.
require('./ws-like')(require('ws'));
