/**
 * What was done on a sheet, to be undone and done again.
 *
 * In: states that never change. Out: the present one. Knows nothing of what a state is.
 */

export class History<State> {
  #states: State[];
  #now = 0;

  constructor(first: State) {
    this.#states = [first];
  }

  get present(): State {
    return this.#states[this.#now]!;
  }

  get canUndo(): boolean {
    return this.#now > 0;
  }

  get canRedo(): boolean {
    return this.#now < this.#states.length - 1;
  }

  /** Makes a new state the present; what had been undone is forgotten. */
  push(state: State): void {
    this.#states = [...this.#states.slice(0, this.#now + 1), state];
    this.#now++;
  }

  undo(): void {
    if (this.canUndo) this.#now--;
  }

  redo(): void {
    if (this.canRedo) this.#now++;
  }
}
