/** Exact shares of traffic. */

export interface Fraction {
  readonly numerator: number;
  readonly denominator: number;
}

export const ONE: Fraction = { numerator: 1, denominator: 1 };

export function multiplyFractions(a: Fraction, b: Fraction): Fraction {
  return reduced(a.numerator * b.numerator, a.denominator * b.denominator);
}

export function addFractions(a: Fraction, b: Fraction): Fraction {
  return reduced(a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator);
}

/** `1/3`. */
export function printFraction(fraction: Fraction): string {
  return `${fraction.numerator}/${fraction.denominator}`;
}

function reduced(numerator: number, denominator: number): Fraction {
  if (numerator === 1) return { numerator, denominator };
  let [a, b] = [numerator, denominator];
  while (b !== 0) [a, b] = [b, a % b];
  return { numerator: numerator / a, denominator: denominator / a };
}
