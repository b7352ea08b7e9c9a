'use strict';

// The echo server, having said what it may not do.

console.log(`may write: ${process.permission.has('fs.write')}`);
console.log(`may spawn: ${process.permission.has('child')}`);

require('./echo-server');
