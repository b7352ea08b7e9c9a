// All that touches the document. What people typed goes in by textContent
// only, so it can never become markup.

const MAX_ENTRIES = 500;
const GROUP_MS = 5 * 60 * 1000;
const NEAR_END_PX = 80;

/** The element of the page with that id. */
export const byId = (id) => document.getElementById(id);
const log = byId('log');
const title = document.title;

let previous = null; // the newest message, to group what follows under it
let unread = 0;

/** Makes an element with a class and, if given, a text. */
function element(tag, className, text) {
  const node = document.createElement(tag);

  node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

/** Shows one message; `isMine` puts it on our side. */
export function showMessage({ from, text, at }, isMine) {
  const isGrouped =
    previous !== null &&
    previous.from.id === from.id &&
    previous.from.name === from.name &&
    at - previous.at < GROUP_MS;
  const entry = element('article', isMine ? 'message mine' : 'message');

  const head = heading(from.name, at, isMine);
  if (isGrouped) {
    entry.classList.add('grouped');
    head.classList.add('unseen');
  } else {
    entry.append(avatar(from.name));
  }

  const bubble = element('p', 'bubble', text);
  bubble.dir = 'auto';
  bubble.title = new Date(at).toLocaleString();
  entry.append(head, bubble);
  previous = { from, at };
  append(entry, isMine);
  if (!isMine) countUnread();
}

/** Shows a line about someone coming, going or changing name. */
export function showNotice(text, at) {
  const entry = element('p', 'notice');

  entry.append(element('span', 'notice-text', text), ' ', time(at));
  previous = null;
  append(entry, false);
}

/** Runs `fill`, which adds many entries, without a word to screen readers. */
export function showQuietly(fill) {
  log.setAttribute('aria-busy', 'true');
  fill();
  log.removeAttribute('aria-busy');
}

/** Lists who is here, ourselves first. */
export function showMembers(members, myId) {
  const items = [...members]
    .sort((a, b) => (b.id === myId) - (a.id === myId) || order(a, b))
    .map(({ id, name }) => {
      const item = element('li', 'member');
      const label = element('span', 'member-name', name);

      label.dir = 'auto';
      item.append(avatar(name), label);
      if (id === myId) item.append(element('span', 'tag', 'you'));
      return item;
    });

  byId('members').replaceChildren(...items);
  byId('people-count').textContent = String(items.length);
}

/** Shows how the connection is, by a state for the style and a text. */
export function showState(state, text) {
  const status = byId('state');

  status.dataset.state = state;
  status.textContent = text;
  byId('retry').hidden = state !== 'waiting';
}

/** Shows the seconds to the next attempt, or nothing for 0. */
export function showCountdown(seconds) {
  byId('countdown').textContent = seconds > 0 ? `next try in ${seconds} s` : '';
}

/** Shows, or with '' hides, what was wrong with what we sent. */
export function showProblem(text) {
  byId('problem').textContent = text;
}

/** Opens the name dialog, with a problem to show or ''. */
export function askName(name, problem, canCancel) {
  const dialog = byId('name-dialog');
  const input = byId('name');

  byId('name-title').textContent = canCancel
    ? 'Change your name'
    : 'What shall we call you?';
  byId('name-submit').textContent = canCancel ? 'Save' : 'Join the chat';
  byId('name-cancel').hidden = !canCancel;
  dialog.dataset.canCancel = String(canCancel);
  showNameProblem(problem);
  if (!dialog.open) dialog.showModal();
  input.value = name;
  input.select();
}

/** Shows, or with '' hides, what was wrong with a name. */
export function showNameProblem(text) {
  byId('name-problem').textContent = text;
  byId('name').setAttribute('aria-invalid', String(text !== ''));
}

/** Scrolls to the newest entry. */
export function toLatest() {
  log.scrollTop = log.scrollHeight;
}

/** Forgets the unread count once the reader is at the newest entry. */
export function markRead() {
  if (document.hidden || !isNearEnd()) return;
  unread = 0;
  showUnread();
}

function countUnread() {
  unread += 1;
  markRead();
  showUnread();
}

function showUnread() {
  const latest = byId('latest');

  document.title = unread > 0 ? `(${unread}) ${title}` : title;
  latest.hidden = unread === 0;
  latest.textContent = `${unread} new ${unread === 1 ? 'message' : 'messages'}`;
}

function append(entry, alwaysFollow) {
  const shouldFollow = alwaysFollow || isNearEnd();

  byId('empty')?.remove();
  log.append(entry);
  while (log.childElementCount > MAX_ENTRIES) log.firstElementChild.remove();
  if (shouldFollow) toLatest();
}

function isNearEnd() {
  return log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
}

function heading(name, at, isMine) {
  const head = element('p', 'message-head');
  const label = element('span', 'message-name', isMine ? 'You' : name);

  label.dir = 'auto';
  head.append(label, ' ', time(at));
  return head;
}

function time(at) {
  const date = new Date(at);
  const isToday = date.toDateString() === new Date().toDateString();
  const clock = { hour: '2-digit', minute: '2-digit' };
  const node = element(
    'time',
    'time',
    isToday
      ? date.toLocaleTimeString([], clock)
      : date.toLocaleString([], { day: 'numeric', month: 'short', ...clock })
  );

  node.dateTime = date.toISOString();
  return node;
}

function avatar(name) {
  const [initial] = name;
  const node = element('span', 'avatar', initial.toUpperCase());
  let hue = 0;

  for (const char of name) hue = (hue * 31 + char.codePointAt(0)) % 360;
  node.style.setProperty('--hue', String(hue));
  node.setAttribute('aria-hidden', 'true');
  return node;
}

function order(a, b) {
  return a.name.localeCompare(b.name);
}
