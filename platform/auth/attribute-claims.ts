import type { AssuranceLevel } from './caller.ts';

/*
 * Claims that narrow what a caller may do. One that isn't what it should be gives nothing: a fault of the issuer's
 * must not open anything.
 */

/** A code such as `EU`, `DE` or `US-CA`. */
const REGION = /^[A-Z]{2}(?:-[A-Z0-9]{1,3})?$/;
const MAX_REGIONS = 50;

/** Whether a text is a region's code: two capital letters, and a part of it after a hyphen (ISO 3166-2). */
export function isRegionCode(text: string): boolean {
  return REGION.test(text);
}

/**
 * The regions of the claim `regions`, an array of codes.
 * @returns none unless every entry is a code, and there are at most 50
 */
export function readRegions(claim: unknown): ReadonlySet<string> {
  const list: readonly unknown[] = Array.isArray(claim) ? claim : [];
  const isValid = (each: unknown): each is string => typeof each === 'string' && isRegionCode(each);
  return new Set(list.length <= MAX_REGIONS && list.every(isValid) ? list : []);
}

/** `aal2`, or as NIST and login.gov write it: `http://idmanagement.gov/ns/assurance/aal/2`. */
const ASSURANCE_CLASS = /^(?:http:\/\/idmanagement\.gov\/ns\/assurance\/aal\/|aal)([123])$/i;

/**
 * How sure the issuer is of who is calling.
 * @param acr the claim `acr` (OpenID Connect): the class of the authentication; it decides when it is one we know
 * @param amr the claim `amr` (RFC 8176): the methods used, of which `mfa` tells several factors, `hwk` with it a
 * hardware key
 */
export function readAssurance(acr: unknown, amr: unknown): AssuranceLevel {
  const level = typeof acr === 'string' ? ASSURANCE_CLASS.exec(acr)?.[1] : undefined;
  if (level !== undefined) return `AAL${level as '1' | '2' | '3'}`;
  const methods: readonly unknown[] = Array.isArray(amr) ? amr : [];
  if (!methods.includes('mfa')) return 'AAL1';
  return methods.includes('hwk') ? 'AAL3' : 'AAL2';
}
