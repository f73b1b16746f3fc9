// A set of labels as one text, `hat|shirt`.

/** Between labels of a set; no label of a multi-label dataset has it. */
export const labelSeparator = '|';

/** The labels in a text, trimmed, in its order; none for `|`. */
export const labelsOfText = (text: string): string[] =>
  text
    .split(labelSeparator)
    .map((label) => label.trim())
    .filter((label) => label !== '');

/** The one text of a set: its labels sorted, each once, with `|` between; `|` alone for the empty set, since no text is empty. */
export const textOfLabels = (labels: Iterable<string>): string =>
  [...new Set([...labels].flatMap(labelsOfText))].sort().join(labelSeparator) || labelSeparator;
