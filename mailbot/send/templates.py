"""Templates become a subject, a text and a page: one jinja file a mail, rendered with two sets of named parts.

Only user of jinja2. `mistakes` looks for everything an office may have mistyped, before any mail depends on it.
A template that cannot be rendered raises AskHumanError with file and line. Changed files count from the next start.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, TemplateError, TemplateNotFound, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.meta import find_undeclared_variables
from jinja2.runtime import Undefined
from markupsafe import Markup

from mailbot.errors import AskHumanError
from mailbot.send import language, plain

FORMS = ("txt", "html")
BLOCKS = ("subject", "preheader", "body")
# What a template can do wrong while it runs; anything else is our own mistake and shall be seen as one.
_WRONG = (TemplateError, TypeError, ValueError, AttributeError, LookupError, ArithmeticError)


@dataclass(frozen=True, slots=True)
class Written:
    """A mail's words: `subject` in one line, `text` with LF line ends, `html` a whole page."""

    subject: str
    text: str
    html: str


class Templates:
    """The folder of templates, each compiled once. `marker` knows the office's answer words."""

    def __init__(self, folder: Path, marker: plain.Marker) -> None:
        self._folder = folder
        self._marker = marker
        self._rooms: dict[tuple[str, str], Environment] = {}
        self._languages: dict[str, tuple[str, ...]] = {}

    def write(self, kind: str, lang: str, context: Mapping[str, object]) -> Written:
        """Render a mail of this kind; raises AskHumanError naming file, line and mistake."""
        name = f"{kind}.{lang}.j2"
        try:
            text, page = (self._room(form, lang).get_template(name) for form in FORMS)
            subject = _subject(text, context)
            body = re.sub(r"[ \t]+\n", "\n", text.render(context)).strip()
            html = page.render(context)
        except _WRONG as error:
            raise AskHumanError(f"{where(error, self._folder, name)}: {what(error)}") from error
        return Written(plain.one_line(subject, 200), re.sub(r"\n{3,}", "\n\n", body) + "\n", html)

    def languages(self, kind: str) -> tuple[str, ...]:
        """Give the languages a mail of this kind is written in."""
        if kind not in self._languages:
            there = [lang for lang in language.LANGUAGES if (self._folder / f"{kind}.{lang}.j2").is_file()]
            self._languages[kind] = tuple(there)
        return self._languages[kind]

    def written_kinds(self) -> set[str]:
        """Give every kind the folder has a template for, in any language."""
        files = (path.relative_to(self._folder).as_posix() for path in self._folder.glob("*/*.j2"))
        return {re.sub(r"\.[a-z]+\.j2$", "", file) for file in files}

    def mistakes_in_parts(self) -> list[str]:
        """Name what is wrong with layouts and parts; each template needs these."""
        found: list[str] = []
        for name in (f"{stem}.{form}.j2" for form in FORMS for stem in ("parts", "layout")):
            try:
                template = _environment(self._folder, name.split(".")[1], "de", self._marker).get_template(name)
                _ = template.module if name.startswith("parts") else template
            except _WRONG as error:
                found.append(f"{where(error, self._folder, name)}: {what(error)}")
        if found:
            return found
        text, page = (set(_parts(self._room(form, "de"))) for form in FORMS)
        return [f"{self._folder}/parts.txt.j2 and parts.html.j2: only one has {part}" for part in sorted(text ^ page)]

    def mistakes_in(self, kind: str, lang: str, facts: set[str]) -> Iterator[str]:
        """Name what reading one template shows without rendering it: syntax, unknown names, blocks, raw HTML."""
        name = f"{kind}.{lang}.j2"
        room = self._room("txt", lang)
        try:
            room.get_template(name)
            tree = room.parse((self._folder / name).read_text("utf-8"))
        except _WRONG as error:
            yield f"{where(error, self._folder, name)}: {what(error)}"
            return
        own = {name.name for name in tree.find_all(nodes.Name) if name.ctx == "store"}
        unknown = find_undeclared_variables(tree) - facts - own - set(room.globals)
        for used in tree.find_all(nodes.Name):
            if used.name in unknown:
                yield f"{self._folder / name}:{used.lineno}: unknown name {used.name}; {kind} has {_listed(facts)}"
        missing = [block for block in BLOCKS if block not in {b.name for b in tree.find_all(nodes.Block)}]
        if missing:
            yield f"{self._folder / name}:1: block {', '.join(missing)} is missing"
        for said in tree.find_all(nodes.TemplateData):
            if tag := re.search(r"</?[a-zA-Z][^>]*>", said.data):
                line = said.lineno + said.data[: tag.start()].count("\n")
                yield f"{self._folder / name}:{line}: {tag[0]} is HTML; expected one of the parts, which serve text too"

    def _room(self, form: str, lang: str) -> Environment:
        room = self._rooms.get((form, lang))
        if room is None:
            room = _environment(self._folder, form, lang, self._marker)
            room.globals.update(_parts(room))
            self._rooms[form, lang] = room
        return room


def _subject(template: Template, context: Mapping[str, object]) -> str:
    try:
        return "".join(template.blocks["subject"](template.new_context(dict(context))))
    except _WRONG:
        template.environment.handle_exception()  # raises the same again, with the template's own line


class _Generator(CodeGenerator):
    """jinja asks `finalize` about what `{{ }}` shows, but not about what `~` glues together: here it is asked too."""

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802  # jinja2's name
        words = nodes.EnvironmentAttribute("words")
        glued = [
            part if isinstance(part, nodes.Const) else nodes.Call(words, [part], [], None, None) for part in node.nodes
        ]
        super().visit_Concat(nodes.Concat(glued, lineno=node.lineno, environment=node.environment), frame)


class _Environment(Environment):
    code_generator_class = _Generator

    @staticmethod
    def words(value: object) -> object:
        return shown(value)


def _environment(folder: Path, form: str, lang: str, marker: plain.Marker) -> Environment:
    room = _Environment(
        loader=FileSystemLoader(folder),
        autoescape=form == "html",  # the other form is plain text, where nothing is to be escaped
        undefined=StrictUndefined,
        finalize=shown if form == "txt" else flat,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    room.filters.update(language.filters(lang))
    harmless: dict[str, Callable[..., object]] = {
        "one_line": plain.one_line,
        "greeted": plain.greeted,
        "wrap": marker.wrap,
        "quoted": plain.quoted,
        "answer_lines": plain.answer_lines,
        "breakable": breakable,
        "columns": marker.columns,
        "mark": marker.mark,
        "grid": plain.grid,
    }
    room.filters.update(harmless)
    room.globals.update(lang=lang, layout=f"layout.{form}.j2")
    return room


def _parts(room: Environment) -> dict[str, object]:
    form = str(room.globals["layout"]).split(".")[1]
    module = room.get_template(f"parts.{form}.j2").module
    return {name: part for name, part in vars(module).items() if not name.startswith("_") and callable(part)}


def breakable(text: str) -> Markup:
    """Glue a text for HTML: programs that turn it into text keep it in one line, a narrow screen may still break it."""
    return Markup("\u00a0<wbr>").join(plain.one_line(text).replace("\u00a0", " ").split(" "))


def shown(value: object) -> object:
    """Let into a mail only what is words already; raises TypeError on a value that still needs a filter."""
    if isinstance(value, Markup | Undefined):
        return value
    if isinstance(value, str):
        return plain.clean(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise TypeError(f"{type(value).__name__} is no text; a filter such as | when, | money or | day makes it one")


def flat(value: object) -> object:
    """Let words into a page, each text in one line: what breaks a line there is a tag of ours, never a customer."""
    words = shown(value)
    return words.replace("\n", " ") if isinstance(words, str) and not isinstance(words, Markup) else words


def where(error: Exception, folder: Path, name: str) -> str:
    """Say file:line of a template's mistake; one that shows inside a part was made where the part is used."""
    if line := getattr(error, "lineno", None):
        return f"{getattr(error, 'filename', None) or folder / name}:{line}"
    found, trace = f"{folder / name}:1", error.__traceback__
    while trace:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.is_relative_to(folder) and (name.startswith("parts") or not file.name.startswith("parts")):
            found = f"{file}:{trace.tb_lineno}"
        trace = trace.tb_next
    return found


def what(error: Exception) -> str:
    """Say a template's mistake in one line."""
    if isinstance(error, TemplateNotFound):
        return f"there is no template {error.name}"
    return plain.one_line(getattr(error, "message", None) or str(error))


def _listed(facts: set[str]) -> str:
    return ", ".join(sorted(facts))
