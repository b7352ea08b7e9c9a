import { Connection } from './connection.mjs';
import * as view from './view.mjs';

const ANSWER_MS = 10000;
const SHOW_LEFT_BELOW = 100;
const stateTexts = {
  connecting: 'Connecting',
  online: 'Online',
  waiting: 'Offline'
};

const { byId } = view;
const text = byId('text');
const dialog = byId('name-dialog');
const people = byId('people');
const toggle = byId('people-toggle');

const members = new Map(); // id -> { id, name }
const shown = new Set(); // ids of the messages on the page
const unanswered = []; // texts the server has neither given back nor refused
let me = null;
let name = remembered();
let token = null;
let state = 'idle';
let retryAt = 0;
let answerTimer = null;

const url = new URL('.', location.href);
url.protocol = url.protocol.replace('http', 'ws');

const connection = new Connection(url, {
  onOpen: () => connection.send({ type: 'join', name, token }),
  onFrame: (frame) => reactions[frame.type]?.(frame),
  onState: changeState
});

const reactions = {
  welcome(frame) {
    me = frame.you;
    token = frame.token;
    remember(me.name);
    members.clear();
    for (const member of frame.members) members.set(member.id, member);
    connection.accepted();
    view.showQuietly(() => frame.history.forEach(showOnce));
    view.showMembers(members.values(), me.id);
    if (dialog.open) {
      dialog.close();
      text.focus();
    }
  },
  joined({ member, at }) {
    members.set(member.id, member);
    view.showMembers(members.values(), me.id);
    view.showNotice(`${member.name} joined`, at);
  },
  left({ member, at }) {
    members.delete(member.id);
    view.showMembers(members.values(), me.id);
    view.showNotice(`${member.name} left`, at);
  },
  renamed({ member, before, at }) {
    members.set(member.id, member);
    if (member.id === me.id) {
      remember(member.name);
      dialog.close();
    }
    view.showMembers(members.values(), me.id);
    view.showNotice(`${before} is now ${member.name}`, at);
  },
  message(frame) {
    if (frame.from.id === me.id) takeAnswered();
    showOnce(frame);
  },
  error({ message, about }) {
    if (about === 'say') giveBack([takeAnswered()], message);
    else if (about === 'join') view.askName(name, message, false);
    else if (dialog.open) view.showNameProblem(message);
  }
};

function changeState(next, at) {
  state = next;
  retryAt = at;
  view.showState(state, stateTexts[state]);
  showCountdown();
  if (state !== 'online' && unanswered.length > 0) {
    giveBack(unanswered.splice(0), 'Not sent: the connection was lost');
  }
  if (state === 'waiting' && dialog.open) {
    view.showNameProblem('The server does not answer; still trying');
  }
  updateComposer();
}

function showCountdown() {
  const seconds = Math.max(1, Math.ceil((retryAt - Date.now()) / 1000));
  view.showCountdown(state === 'waiting' ? seconds : 0);
}

// After a reconnection the history repeats what is on the page already.
function showOnce(frame) {
  if (shown.has(frame.id)) return;
  shown.add(frame.id);
  view.showMessage(frame, frame.from.id === me.id);
}

function say() {
  const trimmed = text.value.trim();

  if (state !== 'online' || trimmed === '') return;
  connection.send({ type: 'say', text: trimmed });
  unanswered.push(trimmed);
  // A network that silently went away would swallow what we say.
  clearTimeout(answerTimer);
  answerTimer = setTimeout(() => connection.abandon(), ANSWER_MS);
  text.value = '';
  view.showProblem('');
  updateComposer();
}

function takeAnswered() {
  const first = unanswered.shift();

  if (unanswered.length === 0) clearTimeout(answerTimer);
  return first;
}

// What did not get through goes back to where it was typed, in its order.
function giveBack(texts, reason) {
  clearTimeout(answerTimer);
  text.value = [text.value, ...texts].filter(Boolean).join('\n');
  view.showProblem(reason);
  updateComposer();
}

function updateComposer() {
  const left = text.maxLength - text.value.length;

  byId('send').disabled = state !== 'online' || text.value.trim() === '';
  byId('left').textContent = left < SHOW_LEFT_BELOW ? `${left} left` : '';
  text.style.height = 'auto';
  text.style.height = `${text.scrollHeight}px`;
}

function takeName() {
  const wanted = byId('name').value.trim();

  view.showNameProblem('');
  if (state === 'online') {
    connection.send({ type: 'rename', name: wanted });
    return;
  }
  name = wanted;
  if (connection.isOpen) connection.send({ type: 'join', name, token });
  else if (connection.isWaiting) connection.connect();
}

function remembered() {
  try {
    return sessionStorage.getItem('chat-name') ?? '';
  } catch {
    return ''; // Storage may be switched off.
  }
}

function remember(value) {
  name = value;
  try {
    sessionStorage.setItem('chat-name', value);
  } catch {
    // Then the name is asked again after a reload.
  }
}

function showPeople(isShown) {
  people.classList.toggle('open', isShown);
  toggle.setAttribute('aria-expanded', String(isShown));
  if (isShown) people.focus();
}

byId('composer').addEventListener('submit', (event) => {
  event.preventDefault();
  say();
});
text.addEventListener('input', updateComposer);
text.addEventListener('keydown', (event) => {
  // While an input method composes, Enter picks a word.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  say();
});

byId('name-form').addEventListener('submit', (event) => {
  event.preventDefault();
  takeName();
});
dialog.addEventListener('cancel', (event) => {
  if (dialog.dataset.canCancel !== 'true') event.preventDefault();
});
byId('name-cancel').addEventListener('click', () => dialog.close());
byId('rename').addEventListener('click', () => {
  showPeople(false);
  view.askName(name, '', true);
});

toggle.addEventListener('click', () => {
  showPeople(!people.classList.contains('open'));
});
people.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  showPeople(false);
  toggle.focus();
});
document.querySelector('main').addEventListener('click', () => {
  showPeople(false);
});

byId('latest').addEventListener('click', view.toLatest);
byId('log').addEventListener('scroll', view.markRead, { passive: true });
document.addEventListener('visibilitychange', view.markRead);

byId('retry').addEventListener('click', () => connection.connect());
window.addEventListener('online', () => {
  if (state === 'waiting') connection.connect();
});
setInterval(showCountdown, 1000);

if (name) connection.connect();
else view.askName('', '', false);
