/** The example query, cut to the graph of whoever looks at it. */

import {
  getNamedType,
  isCompositeType,
  isLeafType,
  isObjectType,
  Kind,
  parse,
  print,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type FieldNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type SelectionSetNode,
} from "graphql";

/** Only what every role that sees customers has: the same text is valid for all of them. */
export const DEFAULT_QUERY = `# 同一个查询，换一个角色，答案不同。
# Same query, another role, another answer.
query Customers {
  customers(first: 5) {
    nodes {
      name
      level
      phone
      maskedFields
    }
  }
}
`;

const WISHED_FOR = `query Example {
  customers(first: 5) {
    nodes {
      name level phone email annualRevenue riskNote maskedFields
      contacts(first: 2) { nodes { name title mobile wechatId idNumber maskedFields } }
      opportunities(first: 2) { nodes { name stage amount discount margin maskedFields } }
    }
  }
  viewer { isAuthenticated }
}`;

/** Return the long example with every field that `schema` does not have taken out. */
export function exampleFor(schema: GraphQLSchema): string {
  return cut(WISHED_FOR, schema);
}

/** Return `query` without the fields and arguments that `schema` lacks. */
export function cut(query: string, schema: GraphQLSchema): string {
  const types = new TypeInfo(schema);
  const result = visit(
    parse(query),
    visitWithTypeInfo(types, {
      Field: {
        enter: (node) => fitted(node, types),
        leave: (node) => (node.selectionSet?.selections.length === 0 ? null : undefined),
      },
      Argument: () => (types.getArgument() ? undefined : null),
    }),
  );
  return `${print(result)}\n`;
}

function fitted(node: FieldNode, types: TypeInfo): FieldNode | null | undefined {
  const definition = types.getFieldDef();
  if (!definition) {
    return null;
  }
  const type = getNamedType(definition.type);
  if (isCompositeType(type) && !node.selectionSet) {
    return { ...node, selectionSet: leavesOf(type) };
  }
  return undefined;
}

function leavesOf(type: GraphQLNamedType): SelectionSetNode {
  const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
  const leaves = fields.filter((field) => isLeafType(getNamedType(field.type)) && field.args.length === 0);
  return {
    kind: Kind.SELECTION_SET,
    selections: leaves.map(({ name }) => ({ kind: Kind.FIELD, name: { kind: Kind.NAME, value: name } })),
  };
}
