'use strict';

/* Valid sequences by their last and first code points, [what, hex]. */
const VALID_UTF8 = [
  ['nothing', ''],
  ['U+0000', '00'],
  ['U+007F', '7f'],
  ['U+0080', 'c280'],
  ['U+07FF', 'dfbf'],
  ['U+0800', 'e0a080'],
  ['U+D7FF', 'ed9fbf'],
  ['U+E000', 'ee8080'],
  ['U+FFFD', 'efbfbd'],
  ['U+FFFE', 'efbfbe'],
  ['U+FFFF', 'efbfbf'],
  ['U+10000', 'f0908080'],
  ['U+10FFFF', 'f48fbfbf'],
  ['a byte order mark', 'efbbbf61'],
  ['a mixture', '61c3a9e282acf09f9880']
];

/* Invalid sequences, [what, hex]. */
const INVALID_UTF8 = [
  ['a lone continuation byte', '80'],
  ['two continuation bytes', '6180bf61'],
  ['an overlong slash of two bytes', 'c0af'],
  ['an overlong NUL of two bytes', 'c080'],
  ['an overlong C1', 'c1bf'],
  ['an overlong of three bytes', 'e09fbf'],
  ['an overlong of four bytes', 'f08fbfbf'],
  ['the surrogate U+D800', 'eda080'],
  ['the surrogate U+DFFF', 'edbfbf'],
  ['a pair of surrogates', 'eda080edb080'],
  ['U+110000', 'f4908080'],
  ['F5', 'f5808080'],
  ['a sequence of five bytes', 'f888808080'],
  ['FE', 'fe'],
  ['FF', 'ff'],
  ['two bytes cut short', 'c3'],
  ['three bytes cut short', 'e282'],
  ['four bytes cut short', 'f09f98'],
  ['three bytes broken off by ASCII', 'e28261'],
  ['four bytes broken off by another lead', 'f09fc3a9']
];

module.exports = { INVALID_UTF8, VALID_UTF8 };
