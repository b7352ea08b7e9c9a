'use strict';

require('./ws-like')(require('../..'));
