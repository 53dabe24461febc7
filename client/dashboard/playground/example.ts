import type { ToolDefinition } from "../../index.ts";

/** What the editor shows at first. */
export const exampleSource = `// A cell: its calls of tools are answered by you, on the right.
const cities = ["Oslo", "Rome", "Lima"];
const degrees = await Promise.all(
  cities.map((city) => tools.temperature({ city })),
);
store("degrees", degrees);
text(cities.map((city, index) => \`\${city}: \${degrees[index]}\`).join(", "));
`;

/** The tool that it calls. */
export const exampleTools: readonly ToolDefinition[] = [
  {
    name: "temperature",
    description: "The temperature in a city, in degrees Celsius",
    inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    outputSchema: { type: "number", description: "degrees Celsius" },
  },
];
