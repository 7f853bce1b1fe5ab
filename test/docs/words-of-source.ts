import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ts from 'typescript';

const SOURCE = join(import.meta.dirname, '..', '..', 'src');
/** As Kubernetes wants a reason. */
const WORD = /^[A-Z][A-Za-z]+$/;
/** Make a condition or an absence of their first argument, the reason. */
const MAKERS = ['yes', 'no', 'unknown', 'absent'];

/** Where each word stands, as in `core/errors/disk-errors.ts`. */
export type Words = ReadonlyMap<string, readonly string[]>;

/**
 * What the source tells as a reason, whether in a status, a condition, an Event, a log or on a screen: the codes of its
 * errors, the members of its types of reasons, and what it writes where a reason goes.
 */
export function reasonsOfSource(): Words {
  const found = new Map<string, string[]>();
  eachNode((node, file) => {
    for (const word of reasonsAt(node)) found.set(word, [...(found.get(word) ?? []), file]);
  });
  return found;
}

/** Classes of errors that people are told of, with the code of each. */
export function errorClasses(): readonly { readonly name: string; readonly code: string | undefined }[] {
  const found: { name: string; code: string | undefined }[] = [];
  eachNode((node) => {
    if (!ts.isClassDeclaration(node) || node.name === undefined || !extendsCaptureError(node)) return;
    const codes = node.members.flatMap((member) => (ts.isPropertyDeclaration(member) && member.name.getText() === 'code' ? literals(member.initializer) : []));
    found.push({ name: node.name.text, code: codes[0] });
  });
  return found;
}

/** The members of a type of words. */
export function membersOfType(name: string): readonly string[] {
  const found: string[] = [];
  eachNode((node) => {
    if (ts.isTypeAliasDeclaration(node) && node.name.text === name) found.push(...literalTypes(node.type));
  });
  return found;
}

function reasonsAt(node: ts.Node): readonly string[] {
  if (ts.isPropertyDeclaration(node) && node.name.getText() === 'code') return literals(node.initializer);
  if (ts.isTypeAliasDeclaration(node) && node.name.text.endsWith('Reason')) return literalTypes(node.type);
  if ((ts.isPropertyAssignment(node) || ts.isVariableDeclaration(node)) && node.name.getText() === 'reason') return literals(node.initializer);
  if (ts.isCallExpression(node) && MAKERS.includes(node.expression.getText())) return literals(node.arguments[0]);
  return [];
}

/** The words that an expression may have for its value. */
function literals(expression: ts.Expression | undefined): readonly string[] {
  if (expression === undefined) return [];
  if (ts.isStringLiteral(expression)) return WORD.test(expression.text) ? [expression.text] : [];
  if (ts.isConditionalExpression(expression)) return [...literals(expression.whenTrue), ...literals(expression.whenFalse)];
  if (ts.isBinaryExpression(expression)) return [...literals(expression.left), ...literals(expression.right)];
  if (ts.isAsExpression(expression) || ts.isParenthesizedExpression(expression)) return literals(expression.expression);
  return [];
}

function literalTypes(type: ts.TypeNode): readonly string[] {
  if (ts.isUnionTypeNode(type)) return type.types.flatMap(literalTypes);
  return ts.isLiteralTypeNode(type) && ts.isStringLiteral(type.literal) && WORD.test(type.literal.text) ? [type.literal.text] : [];
}

function extendsCaptureError({ heritageClauses }: ts.ClassDeclaration): boolean {
  return (heritageClauses ?? []).some(({ types }) => types.some(({ expression }) => expression.getText() === 'CaptureError'));
}

// What the library's users test with is told to nobody.
const FILES = globSync('**/*.ts', { cwd: SOURCE }).filter((file) => !file.startsWith('testing/')).sort();
const TREES = FILES.map((file) => ts.createSourceFile(file, readFileSync(join(SOURCE, file), 'utf8'), ts.ScriptTarget.Latest, true));

function eachNode(visit: (node: ts.Node, file: string) => void): void {
  for (const tree of TREES) {
    const walk = (node: ts.Node): void => {
      visit(node, tree.fileName);
      ts.forEachChild(node, walk);
    };
    walk(tree);
  }
}
