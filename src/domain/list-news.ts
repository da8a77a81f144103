// What the operator's service is told of a list: noted by the store when the list is completed, sent by notify.

export interface ListNews {
  /** Stays the same from attempt to attempt. */
  readonly id: string;
  readonly listId: number;
  readonly userId: number | undefined;
  /** `csv_list.total_emails`. */
  readonly total: number;
  /** `valid` and `catch-all`. */
  readonly valid: number;
  /** `invalid` and `disposable`. */
  readonly invalid: number;
  readonly unknown: number;
  /** Of the total, those that the list has no rows of. */
  readonly missing: number;
  /** Seconds since 1970. */
  readonly completedAt: number;
}
