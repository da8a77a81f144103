// Surveys one at a time: a database that is away holds a survey up for minutes, and another would only wait beside it.
// What a survey does is its owner's business.

export class Surveyor {
  readonly #survey: () => Promise<boolean>;
  #underWay: Promise<boolean> | undefined;

  /** `survey` never rejects. */
  constructor(survey: () => Promise<boolean>) {
    this.#survey = survey;
  }

  get isUnderWay(): boolean {
    return this.#underWay !== undefined;
  }

  /** Surveys, behind a survey that is under way: what it saw may be out of date. Gives what `survey` gives. */
  async survey(): Promise<boolean> {
    while (this.#underWay !== undefined) await this.#underWay;
    this.#underWay = this.#survey().finally(() => (this.#underWay = undefined));
    return this.#underWay;
  }
}
