'use strict';

const native = require('./native');

// uvws_totals_t (src/net/hub.h), in its order.
const HUB_TOTALS = [
  'opened',
  'open',
  'messagesIn',
  'messagesOut',
  'payloadIn',
  'payloadOut',
  'bytesIn',
  'bytesOut',
  'deflatedFrom',
  'deflatedTo',
  'silent',
  'queued'
];

const values = new Float64Array(HUB_TOTALS.length);

/**
 * Reads what C counts of a server's connections.
 *
 * @param {Object} hub What `native.newHub()` gave
 * @return {Object} Numbers: `opened` and `open` connections; `messagesIn` and
 *     `messagesOut`, of `payloadIn` and `payloadOut` bytes uncompressed;
 *     `bytesIn` and `bytesOut` of the transport; of what was compressed, the
 *     bytes before, `deflatedFrom`, and after, `deflatedTo`, once where it was
 *     published; `silent` connections that `heartbeatInterval` terminated;
 *     `queued` bytes that are not written yet, now
 */
function readTotals(hub) {
  native.hubTotals(hub, values);
  return Object.fromEntries(HUB_TOTALS.map((name, i) => [name, values[i]]));
}

module.exports = { HUB_TOTALS, readTotals };
