"""Makes man pages and shell completion from the program's own --help, so that they cannot differ from it.

usage: manual.py PROGRAM FOLDER

Writes FOLDER/man/man1, FOLDER/bash-completion/completions, FOLDER/zsh/site-functions, FOLDER/fish/vendor_completions.d
"""
import dataclasses
import pathlib
import re
import shutil
import subprocess
import sys

ITEM = re.compile(r"^  (\S.*)$")
SECTION = re.compile(r"^(\S.*):$")
FILES = {"--models", "--model", "--config", "--data", "--out", "--access-log", "--labels", "--report", "--ood",
         "--html", "--rows-out", "--golden"}


@dataclasses.dataclass
class Option:
    names: list          # ["-h", "--help"]; of a positional its name
    kind: str            # "", "TEXT", "INT:0..65535=8080"
    choices: list
    text: str
    variable: str = ""


@dataclasses.dataclass
class Verb:
    words: list          # ["data", "fetch"]
    about: str
    usage: str = ""
    sections: list = dataclasses.field(default_factory=list)   # (title, [Option])
    verbs: list = dataclasses.field(default_factory=list)

    def options(self):
        return [o for title, listed in self.sections if title != "Positionals" for o in listed]


def option(head, text):
    variable = re.search(r"\(Env:(\w+)\)", head)
    head = re.sub(r"\s*\(Env:\w+\)", "", head)
    name, _, kind = head.partition(" ")
    choices = re.search(r"\{([^}]*)\}", kind)
    return Option(name.split(","), kind.strip(), choices.group(1).split(",") if choices else [], text,
                  variable.group(1) if variable else "")


def items(lines):
    """(head, text) of "  HEAD   TEXT", whose text goes on in lines that are indented further."""
    found = []
    for line in lines:
        if line.startswith(" " * 20):
            found[-1][1].append(line.strip())
        elif match := ITEM.match(line):
            head, *text = re.split(r"\s{2,}", match.group(1), maxsplit=1)
            found.append((head, list(text)))
    return [(head, " ".join(text)) for head, text in found]


def read(program, words):
    done = subprocess.run([program, *words, "--help"], capture_output=True, text=True, check=False)
    if done.returncode != 0:  # a verb whose program is not part of this build
        return None
    about, _, rest = done.stdout.partition("Usage: ")
    usage, _, rest = rest.partition("\n")
    verb = Verb(words, about.strip("\n"), usage)
    title, gathered = "", {}
    for line in rest.splitlines():
        if match := SECTION.match(line):
            title = match.group(1)
            gathered[title] = []
        elif title and line:
            gathered[title].append(line)
    for title, lines in gathered.items():
        if title == "Subcommands":
            verb.verbs = [v for head, _ in items(lines) if (v := read(program, [*words, head]))]
        else:
            verb.sections.append((title, [option(*item) for item in items(lines)]))
    return verb


def walk(verb):
    yield verb
    for child in verb.verbs:
        yield from walk(child)


def roff(text):
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.splitlines())


def man_page(verb, version):
    name = "-".join(["credence", *verb.words])
    lead = [line for line in verb.about.splitlines() if not line.startswith("  ")]
    examples = [line.strip() for line in verb.about.splitlines() if line.startswith("  ")]
    first = lead[0].rstrip(".") if lead else name
    out = [f'.TH {name.upper()} 1 "" "{version}" "Credence"', ".SH NAME", f"{roff(name)} \\- {roff(first)}",
           ".SH SYNOPSIS", ".nf", roff(verb.usage), ".fi"]
    if len(lead) > 1:
        out += [".SH DESCRIPTION", roff("\n".join(lead[1:]))]
    if examples:
        out += [".SH EXAMPLES", ".nf", *map(roff, examples), ".fi"]
    for title, listed in verb.sections:
        out.append(f".SH {title.upper()}")
        for one in listed:
            kind = f" \\fI{roff(one.kind)}\\fR" if one.kind else ""
            out += [".TP", f"\\fB{roff(', '.join(one.names))}\\fR{kind}", roff(one.text)]
            if one.variable:
                out += [".br", f"Variable: {roff(one.variable)}."]
    if verb.verbs:
        out.append(".SH VERBS")
        for child in verb.verbs:
            out += [".TP", f"\\fB{roff(child.words[-1])}\\fR", roff(child.about.splitlines()[0])]
    out += [".SH EXIT STATUS", "0 ok, 1 failed, 2 wrong usage"]
    related = [v for v in (verb.verbs or [])]
    pages = ["-".join(["credence", *v.words]) for v in related] or ["credence"]
    out += [".SH SEE ALSO", ", ".join(f"\\fB{roff(p)}\\fR(1)" for p in pages if p != name)]
    return "\n".join(out) + "\n"


def bash(verbs):
    cases = []
    for verb in verbs:
        words = [o for one in verb.options() for o in one.names] + [v.words[-1] for v in verb.verbs]
        files = "" if verb.verbs else " files=yes"
        cases.append(f'    "{" ".join(verb.words)}") words="{" ".join(words)}"{files} ;;')
    values = {o.names[-1]: " ".join(o.choices) for v in verbs for o in v.options() if o.choices}
    chosen = "\n".join(f'    {name}) COMPREPLY=($(compgen -W "{choices}" -- "$current")); return ;;'
                       for name, choices in sorted(values.items()))
    paths = sorted({" ".join(v.words) for v in verbs if v.words})
    return f"""# bash completion of credence
_credence() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} verb="" word words files=""
  case $before in
{chosen}
    {"|".join(sorted(FILES))}) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case " $verb $word" in
      {"|".join(f'*" {p}"' for p in sorted(paths, key=len, reverse=True))}) verb="${{verb:+$verb }}$word" ;;
    esac
  done
  case $verb in
{chr(10).join(cases)}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  [[ -z $files || $current == -* ]] || COMPREPLY+=($(compgen -f -- "$current"))
}}
complete -o filenames -F _credence credence
"""


def quoted(text):
    return "'" + text.replace("'", "’").replace("[", "(").replace("]", ")").replace(":", "\\:") + "'"


def zsh_function(verb):
    name = "_".join(["_credence", *(w.replace("-", "_") for w in verb.words)])
    lines = [f"{name}() {{", "  _arguments -C \\"]
    for one in verb.options():
        action = ""
        if one.kind:
            choice = f"({' '.join(one.choices)})" if one.choices else "_files" if one.names[-1] in FILES else ""
            action = f":value:{choice}"
        for spelt in one.names:
            lines.append(f"    '{spelt}['{quoted(one.text)}']{action}' \\")
    if not verb.verbs:
        return "\n".join([*lines, "    '*:file:_files'", "}"])
    lines += ["    '1:verb:->verb' '*::argument:->rest'", "  case $state in", "    verb) _values verb \\"]
    lines += [f"      '{v.words[-1]}['{quoted(v.about.splitlines()[0])}']' \\" for v in verb.verbs]
    lines[-1] = lines[-1].removesuffix(" \\") + " ;;"
    lines.append("    rest) case $words[1] in")
    lines += [f"      {v.words[-1]}) {name}_{v.words[-1].replace('-', '_')} ;;" for v in verb.verbs]
    return "\n".join([*lines, "      esac ;;", "  esac", "}"])


def zsh(verbs):
    return "#compdef credence\n" + "\n".join(map(zsh_function, verbs)) + '\n_credence "$@"\n'


def fish(verbs):
    out = ["# fish completion of credence"]

    def line(condition, rest):
        out.append(f"complete -c credence {condition} {rest}".replace("  ", " "))

    def text(about):
        return "'" + about.replace("\\", "\\\\").replace("'", "\\'") + "'"

    for verb in verbs:
        seen = " and ".join(f"__fish_seen_subcommand_from {w}" for w in verb.words)
        children = " ".join(v.words[-1] for v in verb.verbs)
        if children:
            within = (f"{seen}; and " if seen else "") + f"not __fish_seen_subcommand_from {children}"
            for child in verb.verbs:
                line(f'-n "{within}"', f"-f -a {child.words[-1]} -d {text(child.about.splitlines()[0])}")
        condition = f'-n "{seen.replace(" and ", "; and ")}"' if seen else '-n "__fish_use_subcommand"'
        for one in verb.options():
            names = " ".join(f"-l {n[2:]}" if n.startswith("--") else f"-s {n[1:]}" for n in one.names)
            value = f" -x -a '{' '.join(one.choices)}'" if one.choices else " -r" if one.kind else ""
            line(condition, f"{names}{value} -d {text(one.text)}")
    return "\n".join(out) + "\n"


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    tree = list(walk(read(program, [])))
    shutil.rmtree(folder, ignore_errors=True)
    pages = {f"man/man1/{'-'.join(['credence', *v.words])}.1": man_page(v, " ".join(version.split()[:2])) for v in tree}
    scripts = {"bash-completion/completions/credence": bash(tree), "zsh/site-functions/_credence": zsh(tree),
               "fish/vendor_completions.d/credence.fish": fish(tree)}
    for name, content in {**pages, **scripts}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)


if __name__ == "__main__":
    main()
