/** Twenty-foot equivalents by the first character of a size-type code (ISO 6346): the container's length. */
const TEU_BY_LENGTH: Readonly<Record<string, number>> = {
  '1': 0.5, // 10 ft
  '2': 1, // 20 ft
  '3': 1.5, // 30 ft
  '4': 2, // 40 ft
  L: 2.25, // 45 ft
  M: 2.4, // 48 ft
  N: 2.45, // 49 ft
  P: 2.65, // 53 ft
};

/** Second characters of a size-type code that mean 9 ft 6 in or more. */
const HIGH_CUBE = /^[56EF]$/;

/** The GLEC Framework counts a forty-foot high cube as 2.25 TEU. */
const FORTY_FOOT_HIGH_CUBE = 2.25;

/**
 * Twenty-foot equivalents of a container.
 * @param sizeType size-type code of ISO 6346, such as 22G1 or 45R1.
 * @returns undefined when the code names no length that ships carry.
 */
export function containerTeu(sizeType: string): number | undefined {
  const [length = '', height = ''] = sizeType;
  if (length === '4' && HIGH_CUBE.test(height)) return FORTY_FOOT_HIGH_CUBE;
  return TEU_BY_LENGTH[length];
}

/** Whether a container is refrigerated, by its size-type code: the third character is R. */
export function isReefer(sizeType: string): boolean {
  return sizeType[2] === 'R';
}
