import { isObjectType, type GraphQLFieldResolver, type GraphQLSchema } from 'graphql';
import { applyMiddleware } from 'graphql-middleware';
import { shield, type IRule } from 'graphql-shield';
import { forbidden } from '../errors.ts';
import { closed, ownRuleOf, type AccessContext, type OwnRule } from './rules.ts';

/** A rule for a whole type, or one for each of its fields; `*` stands for those that aren't named. */
export type Rules = Readonly<Record<string, IRule | Readonly<Record<string, IRule>>>>;

/** The rule of a field; `closed` where none is given. */
export function ruleOf(rules: Rules, typeName: string, fieldName: string): IRule {
  const ofType = rules[typeName];
  if (ofType === undefined) return closed;
  if (isRule(ofType)) return ofType;
  return ofType[fieldName] ?? ofType['*'] ?? closed;
}

type Resolver = GraphQLFieldResolver<unknown, AccessContext>;
type Middleware = (resolve: Resolver, ...args: Parameters<Resolver>) => unknown;
type MiddlewareMap = Record<string, Record<string, Middleware>>;

/**
 * The schema with its rules (graphql-shield), deny by default. Each field is guarded, however its object was reached.
 *
 * graphql-shield makes every field that it guards asynchronous, at several promises each. A rule that can be decided
 * at once is therefore decided first: what it allows goes on without a promise, and what it denies goes through
 * graphql-shield, as does what has to be looked up.
 * @throws {Error} when a rule is for a type or field that isn't there
 */
export function guard(schema: GraphQLSchema, rules: Rules): GraphQLSchema {
  const shielded = shield<unknown, AccessContext>(rules, {
    fallbackRule: closed,
    fallbackError: forbidden(),
    // Else every error of a resolver becomes "not authorised".
    allowExternalErrors: true,
  }).generate(schema) as MiddlewareMap;
  const middleware: MiddlewareMap = {};
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    const fields: Record<string, Middleware> = {};
    for (const name of Object.keys(type.getFields())) {
      const slow = shielded[type.name]?.[name];
      const own = ownRuleOf(ruleOf(rules, type.name, name));
      if (slow === undefined || own === undefined) {
        throw new TypeError(`the rule of ${type.name}.${name}: expected one of platform/policy/rules.ts`);
      }
      if (own.personal && type !== schema.getMutationType()) {
        throw new TypeError(`the rule of ${type.name}.${name} is for changes: expected one for what is read`);
      }
      fields[name] = decidedFirst(own, `${type.name}.${name}`, slow);
    }
    middleware[type.name] = fields;
  }
  return applyMiddleware(schema, middleware);
}

function decidedFirst({ spec, open, decideAtOnce }: OwnRule, place: string, slow: Middleware): Middleware {
  if (open) return (resolve, parent, args, context, info) => resolve(parent, args, context, info);
  if (decideAtOnce === null) return slow;
  const { name: rule, sensitivity = 'ORDINARY' } = spec;
  return (resolve, parent, args, context, info) => {
    const { access } = context as Partial<AccessContext>;
    const decision = access && decideAtOnce({ access, parent, args, context });
    if (!decision?.allowed) return slow(resolve, parent, args, context, info);
    if (sensitivity !== 'ORDINARY') access?.record({ decision, rule, place, sensitivity });
    return resolve(parent, args, context, info);
  };
}

function isRule(value: IRule | Readonly<Record<string, IRule>>): value is IRule {
  return typeof value.resolve === 'function';
}
