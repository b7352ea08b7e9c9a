'use strict';

/*
 * Tasks side by side whose output reads as if they had run one after another:
 * the first task that has not ended is shown as it goes, the others' output is
 * kept until their turn.
 */

class Turn {
  #kept = '';
  #isShown = false;

  write(text) {
    if (this.#isShown) process.stdout.write(text);
    else this.#kept += text;
  }

  show() {
    this.#isShown = true;
    process.stdout.write(this.#kept);
    this.#kept = '';
  }
}

/**
 * Calls each task with a function that takes its output, at most `width` of
 * them at a time, and resolves with their results in the tasks' order.
 */
async function runInLanes(tasks, width) {
  const turns = tasks.map(() => new Turn());
  const results = [];
  const hasEnded = tasks.map(() => false);
  let started = 0;
  let shown = 0;

  const showWhoseTurnItIs = () => {
    while (shown < tasks.length && hasEnded[shown]) turns[++shown]?.show();
  };

  const runLane = async () => {
    while (started < tasks.length) {
      const index = started++;
      const turn = turns[index];
      results[index] = await tasks[index]((text) => turn.write(text));
      hasEnded[index] = true;
      showWhoseTurnItIs();
    }
  };

  turns[0]?.show();
  await Promise.all(Array.from({ length: width }, runLane));
  return results;
}

module.exports = { runInLanes };
