// What Flamenco's manager gives to a job type's script, as strict as its Go types are: the globals `author`, `path`,
// `print` and the rest of newGojaVM in internal/manager/job_compilers (version 3.9). Reads an order from standard
// input, {"script": …, "job": {"name": …, "settings": {…}}}, and prints the job type and the tasks as JSON.
"use strict";
const fs = require("node:fs");
const posix = require("node:path").posix;
const vm = require("node:vm");

const refuse = (message) => { throw new TypeError(message); };
const text = (value, name) => (typeof value === "string" && value.trim()) || refuse(`${name} is required`);

/** An object with the fields of a Go struct: any other field is an error, as it would be lost there. */
function struct(fields) {
    return new Proxy(fields, {
        get: (target, key) =>
            key in target || typeof key === "symbol" || key === "toJSON" ? target[key] : refuse(`no field ${key}`),
        set: (target, key, value) => {
            if (!(key in target)) refuse(`no field ${String(key)}`);
            target[key] = value;
            return true;
        },
    });
}

const tasks = new WeakMap();
const commands = new WeakSet();

function makeTask(name, type) {
    const fields = {
        name: text(name, "name"),
        type: text(type, "type"),
        priority: 50,
        addCommand: (command) => {
            if (!commands.has(command)) refuse("addCommand takes a command");
            inner.commands.push(command);
        },
        addDependency: (other) => {
            if (!tasks.has(other)) refuse("addDependency takes a task");
            inner.dependencies.push(tasks.get(other));
        },
    };
    const task = struct(fields);
    const inner = { fields, commands: [], dependencies: [] };
    tasks.set(task, inner);
    return task;
}

function makeCommand(name, parameters, steps) {
    const command = { name: text(name, "name"), parameters: plain(parameters), totalStepCount: steps ?? 0 };
    if (!Number.isInteger(command.totalStepCount)) refuse("totalStepCount is a whole number");
    commands.add(command);
    return command;
}

/** The value as JSON carries it; what it would drop or change is an error. */
function plain(value) {
    if (value === undefined || typeof value === "function" || Number.isNaN(value)) refuse(`${value} is no JSON`);
    if (value === null || typeof value !== "object") return value;
    if (Array.isArray(value)) return value.map(plain);
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

const slashed = (name) => name.replaceAll("\\", "/");
const globals = {
    print: () => undefined,
    alert: () => undefined,
    author: { Task: makeTask, Command: makeCommand },
    path: {
        basename: (name) => posix.basename(slashed(name)),
        dirname: (name) => posix.dirname(slashed(name)),
        join: (...names) => slashed(posix.join(...names)),
        stem: (name) => posix.parse(slashed(name)).name,
    },
};

const order = JSON.parse(fs.readFileSync(0, "utf-8"));
const context = vm.createContext(globals);
vm.runInContext(fs.readFileSync(order.script, "utf-8"), context, { filename: order.script });
const jobType = plain(vm.runInContext("JOB_TYPE", context));

const authored = [];
const job = struct({
    jobID: "job",
    name: order.job.name,
    jobType: "tripo-batch",
    priority: 50,
    created: new Date(0),
    settings: order.job.settings,
    metadata: {},
    addTask: (task) => {
        const inner = tasks.get(task) ?? refuse("addTask takes a task");
        // A copy, as in Go: what is added to the task afterwards is lost.
        authored.push({ inner, commands: [...inner.commands], dependencies: [...inner.dependencies] });
    },
});
let refusal = null;
try {
    vm.runInContext("compileJob", context)(job);
} catch (error) {
    if (typeof error !== "string") throw error;
    refusal = error;
}
const described = authored.map((each) => ({
    name: each.inner.fields.name,
    type: each.inner.fields.type,
    commands: each.commands,
    after: each.dependencies.map((other) => authored.findIndex((task) => task.inner === other)),
}));
process.stdout.write(JSON.stringify({ jobType, refusal, tasks: described }));
