// Other people's readers of output formats, for tests/validators.py. `main.js schemas FOLDER` writes the schemas that two of
// them hold as code: of rdjson, and of the issues that GitLab Code Quality is a subset of. `main.js checkstyle` reads a
// document in each line of its input, as a JSON string, and answers in a line with what was read or why it was not.

const fs = require("fs");
const path = require("path");
const readline = require("readline");

function schemas(folder) {
    const { rdformatSchema } = require("@umbrelladocs/rdformat-validator");
    fs.writeFileSync(path.join(folder, "rdjson.json"), JSON.stringify(rdformatSchema));
    const { createGenerator } = require("ts-json-schema-generator");
    const types = path.join(__dirname, "node_modules", "codeclimate-types", "index.d.ts");
    const issue = createGenerator({ path: types, type: "Issue", skipTypeCheck: true }).createSchema("Issue");
    fs.writeFileSync(path.join(folder, "gitlab.json"), JSON.stringify(issue));
}

function checkstyle() {
    const { xml2js } = require("xml-js");
    const { parseCheckstyle } = require("danger-plugin-lint-report/dist/parse/checkstyle_parser");
    // It looks for files below its root: so deep that no `..` of a path leads out, and not there.
    const root = "/none".repeat(100);
    readline.createInterface({ input: process.stdin }).on("line", (line) => {
        let answer;
        try {
            answer = { read: parseCheckstyle(xml2js(JSON.parse(line)), root) };
        } catch (error) {
            answer = { error: String(error) };
        }
        process.stdout.write(`${JSON.stringify(answer)}\n`);
    });
}

const [what, folder] = process.argv.slice(2);
({ schemas, checkstyle })[what](folder);
