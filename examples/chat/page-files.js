'use strict';

const path = require('path');
const serveFiles = require('../shared/serve-files');

const page = (name) => path.join(__dirname, 'public', name);

module.exports = serveFiles([
  ['/', 'text/html', page('index.html')],
  ['/theme.css', 'text/css', require.resolve('../shared/theme.css')],
  ['/chat.css', 'text/css', page('chat.css')],
  ['/chat.mjs', 'text/javascript', page('chat.mjs')],
  ['/connection.mjs', 'text/javascript', page('connection.mjs')],
  ['/view.mjs', 'text/javascript', page('view.mjs')],
  ['/icon.svg', 'image/svg+xml', page('icon.svg')]
]);
