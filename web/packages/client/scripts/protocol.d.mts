export function schemaHash(schemaText: string): string;
export function generateProtocol(schemaText: string): Promise<string>;
