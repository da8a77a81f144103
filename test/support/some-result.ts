import type { Result } from '../../src/domain/result.ts';

/** A result that is valid; override what the test is about. */
export function someResult(differs: Partial<Result> = {}): Result {
  return {
    id: 1,
    listId: 7,
    email: 'john@example.com',
    status: 'valid',
    reason: 'accepted',
    code: 250,
    enhanced: '2.1.5',
    response: '192.0.2.1',
    mx: 'mx1.example.com',
    ip: '192.0.2.1',
    answered: true,
    attempt: 1,
    throttles: 0,
    ms: 120,
    retryInSeconds: undefined,
    token: 't1',
    ...differs,
  };
}
