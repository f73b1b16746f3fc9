// STORAGE: which bucket has the files, and under which prefix.

export interface BucketAddress {
  readonly bucket: string;
  /** Empty, or ending in a slash. */
  readonly prefix: string;
}

const addressPattern = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/((?:[\w-][\w.-]*\/)*(?:[\w-][\w.-]*)?))?$/;

/** Of `s3://bucket` or `s3://bucket/some/prefix`; undefined for anything else. */
export function bucketAddressOf(text: string): BucketAddress | undefined {
  const [matched, bucket, path = ''] = addressPattern.exec(text) ?? [];
  if (matched === undefined) return undefined;
  const prefix = path.replace(/\/$/, '');
  return { bucket: bucket!, prefix: prefix === '' ? '' : `${prefix}/` };
}

/** What is needed to reach a bucket. Credentials come from the places where the AWS SDK looks for them: environment, files, the machine's role. */
export interface BucketSettings extends BucketAddress {
  /** http://… or https://… of a server other than Amazon's; absent: Amazon's of the region. */
  readonly endpoint?: string | undefined;
  /** Absent: as AWS_REGION or the profile says, else us-east-1. */
  readonly region?: string | undefined;
  /** The bucket's name in the path and not in the host, as most servers other than Amazon's want it. */
  readonly pathStyle: boolean;
}
