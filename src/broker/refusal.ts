/** What the broker does not pass on. Its words go to the hub and into the log: they never hold values of the environment. */
export class Refusal extends Error {
  /** 403; 404 for what shall look as if it were not there, 400 for what is no request at all. */
  readonly status: 400 | 403 | 404;

  constructor(message: string, status: 400 | 403 | 404 = 403) {
    super(message);
    this.status = status;
  }
}

/** What is not there at all: no news for the log. */
export class Missing extends Refusal {
  constructor(message: string) {
    super(message, 404);
  }
}
