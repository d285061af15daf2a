import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from './config.ts';

const read = (env: Record<string, string>): ReturnType<typeof readConfig> =>
  readConfig(env, '/srv/supercargo');

describe('readConfig', () => {
  it('has defaults for everything', () => {
    const config = read({});
    expect([...config.roles]).toEqual(['procurement', 'tracking', 'carriers', 'eta', 'worker', 'gateway']);
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 4000,
      dataDirectory: '/srv/supercargo/.supercargo',
      supergraph: '/srv/supercargo/supergraph/supergraph.graphql',
      publicAccess: false,
      demoData: true,
      demoFeed: true,
      databaseUrl: null,
    });
  });

  it('takes empty variables for ones that are not set', () => {
    expect(read({ PORT: '', ROLES: ' ' })).toEqual(read({}));
  });

  it('turns the demo feed off when services of somebody else are used', () => {
    expect(read({ REDIS_URL: 'redis://cache.example:6379' }).demoFeed).toBe(false);
    expect(read({ REDIS_URL: 'redis://cache.example:6379', DEMO_FEED: 'on' }).demoFeed).toBe(true);
  });

  it('finds the addresses of subgraphs by name', () => {
    const { subgraphUrls } = read({
      SUBGRAPH_ETA_URL: 'http://eta:4000/graphql',
      SUBGRAPH_MY_OWN_URL: 'http://own:1/',
    });
    expect(Object.fromEntries(subgraphUrls)).toEqual({
      eta: 'http://eta:4000/graphql',
      'my-own': 'http://own:1/',
    });
  });

  it.each([
    [{ PORT: '70000' }, 'PORT is "70000": expected a whole number from 0 to 65535'],
    [{ PORT: '1e3' }, 'PORT is "1e3": expected a whole number from 0 to 65535'],
    [{ ROLES: 'gateway,traking' }, 'ROLES names "traking": expected a comma list of'],
    [{ ROLES: ',' }, 'ROLES is ",": expected a comma list of'],
    [{ PUBLIC_ACCESS: 'true' }, 'PUBLIC_ACCESS is "true": expected one of on, off'],
    [
      { DATABASE_URL: 'db.example' },
      'DATABASE_URL is not a URL: expected a URL that starts with postgres://',
    ],
    [{ DATABASE_URL: 'mysql://u:secret@db' }, 'DATABASE_URL has another protocol: expected'],
    [
      { REDIS_URL: 'http://cache' },
      'REDIS_URL has another protocol: expected a URL that starts with redis://',
    ],
    [{ AUTH_ISSUER: 'https://id.example' }, 'AUTH_AUDIENCE is not set'],
    [{ AUTH_ALGORITHM: 'HS256' }, 'AUTH_ALGORITHM is "HS256": expected one of RS256'],
    [{ NODE_ENV: 'production' }, 'AUTH_ISSUER, AUTH_AUDIENCE and AUTH_JWKS_URL are not set'],
  ])('refuses %j', (env, message) => {
    expect(() => read(env as Record<string, string>)).toThrow(ConfigError);
    expect(() => read(env as Record<string, string>)).toThrow(message);
  });

  it('never repeats a URL, which may hold a password', () => {
    expect(() => read({ DATABASE_URL: 'mysql://u:secret@db' })).not.toThrow(/secret/);
  });

  it('reads rates with and without a burst, and refuses what is none', () => {
    const rate = (value: string): unknown => read({ RATE_LIMIT_SUBJECT: value }).limits.subjectRate;
    expect(rate('6000/60')).toEqual({ tokens: 6_000, seconds: 60, burst: 6_000 });
    expect(rate('6000/60/50')).toEqual({ tokens: 6_000, seconds: 60, burst: 50 });
    expect(rate('off')).toBeNull();
    for (const value of ['60', '0/60', '60/0', '6/60/0', '1e3/60', '6/60/', '-1/60', '6/60/5/4'])
      expect(() => rate(value), value).toThrow(ConfigError);
  });

  it('reads who may see query plans', () => {
    expect(read({}).queryPlans).toBe('off');
    expect(read({ QUERY_PLANS: 'on' }).queryPlans).toBe('on');
    expect(read({ QUERY_PLANS: 'role:admin, scope:graph:plans' }).queryPlans).toEqual({
      roles: ['admin'],
      scopes: ['graph:plans'],
    });
    for (const wrong of ['yes', 'role:', 'role:admin,plans']) {
      expect(() => read({ QUERY_PLANS: wrong })).toThrow('QUERY_PLANS');
    }
  });

  it('keeps production closed', () => {
    const env = {
      NODE_ENV: 'production',
      AUTH_ISSUER: 'https://id.example',
      AUTH_AUDIENCE: 'supercargo',
      AUTH_JWKS_URL: 'https://id.example/jwks',
      PUBLIC_ACCESS: 'on',
    };
    expect(() => read(env)).toThrow('PUBLIC_ACCESS is "on"');
    expect(read({ ...env, ROLES: 'gateway' }).publicAccess).toBe(true);
    expect(read({ ...env, PUBLIC_ACCESS: 'off' }).demoFeed).toBe(false);
  });

  it('believes a proxy where it is told which, and in which header', () => {
    expect(read({}).trustedProxy).toBeNull();
    const proxy = { TRUSTED_PROXY_ADDRESSES: '10.0.0.0/8, ::1', TRUSTED_PROXY_REGION_HEADER: 'CF-Region' };
    const { trustedProxy } = read(proxy);
    expect(trustedProxy?.regionHeader).toBe('cf-region');
    expect(trustedProxy?.addresses.check('10.1.2.3')).toBe(true);
    expect(trustedProxy?.addresses.check('11.1.2.3')).toBe(false);
    expect(() => read({ TRUSTED_PROXY_ADDRESSES: '10.0.0.1' })).toThrow(
      'TRUSTED_PROXY_REGION_HEADER is not set',
    );
    expect(() => read({ ...proxy, TRUSTED_PROXY_ADDRESSES: '*' })).toThrow('TRUSTED_PROXY_ADDRESSES is "*"');
    expect(() => read({ ...proxy, TRUSTED_PROXY_REGION_HEADER: 'a b' })).toThrow(
      'TRUSTED_PROXY_REGION_HEADER is "a b"',
    );
  });
});
