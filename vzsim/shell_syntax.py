"""
The grammar of the container's shell: text -> commands.

Here lives only reading; :mod:`vzsim.shell` carries the commands out. The part of the
"Shell Command Language" of POSIX that people type behind ``vzctl exec``: lists, pipelines,
``if``, ``while``, ``until``, ``for``, ``case``, functions, groups, quotes, expansions, redirections.

A command is a tuple that begins with its kind:
``("simple", [("A", word)], [word, ...], [redirection, ...])``; a word is a list of pieces
``("text", "abc", quoted)``, ``("param", "HOME", operator, word, quoted)``,
``("command", list, quoted)``, ``("sum", "1+1", quoted)``.
"""

from vzsim.shell_pieces import BLANK, DIGITS, NAME, Reader, ShellSyntaxError

REDIRECTIONS = (">>", "<<-", "<<", "<&", ">&", "<>", ">|", "<", ">")
RESERVED = ("then", "elif", "else", "fi", "do", "done", "esac", "}")


class Parser(Reader):
    """``Parser("echo a; echo b").next_line()`` -> ``("list", [...])``, at the end ``None``."""

    def __init__(self, text):
        super().__init__(text)
        self.heredocs = []

    # lists

    def next_line(self):
        """The commands up to the end of a line; a shell runs them before it reads on."""
        self._skip_empty_lines()
        if self._ended():
            return None
        return self._list(stops=(), one_line=True)

    def _program(self, text):
        """All lines of another text as one list."""
        parser, items = Parser(text), []
        line = parser.next_line()
        while line is not None:
            items += line[1]
            line = parser.next_line()
        return ("list", items)

    def _list(self, stops, one_line=False):
        items, connector = [], ";"
        while True:
            if not one_line:
                self._skip_empty_lines()
            if self._stopped(stops):
                break
            items.append((connector, self._pipeline()))
            operator = self._operator()
            if operator in ("&&", "||"):
                self._take(operator)
                self._skip_empty_lines()
                connector = operator
                continue
            connector = ";"
            if operator in (";", "&", "\n"):
                self._take(operator)
            if operator == "\n" and one_line:
                break
            if operator not in (";", "&", "\n"):
                break
        if not self._stopped(stops) and not (one_line and self._line_is_over()):
            raise self._unexpected(stops)
        return ("list", items)

    def _line_is_over(self):
        return self._ended() or self.text[self.at - 1] == "\n"

    def _stopped(self, stops):
        self._blanks()
        if self._ended():
            if stops and stops[0]:
                raise ShellSyntaxError(f'syntax error: unexpected end of file (expecting "{stops[0]}")')
            return True
        return self._operator() in stops or self._keyword() in stops

    def _unexpected(self, stops):
        found = self._operator() or self._keyword() or self.text[self.at : self.at + 10]
        found = "newline" if found == "\n" else f'"{found}"'
        expecting = f' (expecting "{stops[0]}")' if stops else ""
        return ShellSyntaxError(f"syntax error: unexpected {found}{expecting}")

    def _pipeline(self):
        negate = self._keyword() == "!"
        if negate:
            self._take("!")
        commands = [self._command()]
        while self._operator() == "|":
            self._take("|")
            self._skip_empty_lines()
            commands.append(self._command())
        return ("pipe", commands, negate)

    # commands

    def _command(self):
        keyword = self._keyword()
        compound = {"if": self._if, "while": self._while, "until": self._while, "for": self._for}.get(keyword)
        compound = {"case": self._case, "{": self._braces}.get(keyword, compound)
        if self._operator() == "(":
            compound = self._subshell
        if compound is None and (keyword in RESERVED or self._operator()):
            raise self._unexpected(())
        if compound is None:
            return self._simple()
        return ("redirected", compound(), self._redirections())

    def _if(self):
        branches, otherwise = [], None
        self._take("if")
        while True:
            condition = self._list(stops=("then",))
            self._take("then")
            branches.append((condition, self._list(stops=("fi", "elif", "else"))))
            if self._keyword() != "elif":
                break
            self._take("elif")
        if self._keyword() == "else":
            self._take("else")
            otherwise = self._list(stops=("fi",))
        self._take("fi")
        return ("if", branches, otherwise)

    def _while(self):
        kind = self._keyword()
        self._take(kind)
        condition = self._list(stops=("do",))
        return (kind, condition, self._do())

    def _do(self):
        self._take("do")
        body = self._list(stops=("done",))
        self._take("done")
        return body

    def _for(self):
        self._take("for")
        self._blanks()
        name = self._name()
        self._skip_empty_lines()
        words = None
        if self._keyword() == "in":
            self._take("in")
            words = self._words()
        if self._operator() == ";":
            self._take(";")
        self._skip_empty_lines()
        return ("for", name, words, self._do())

    def _case(self):
        self._take("case")
        self._blanks()
        subject, cases = self._word(), []
        self._skip_empty_lines()
        self._take("in")
        self._skip_empty_lines()
        while self._keyword() != "esac":
            cases.append(self._case_branch())
            self._skip_empty_lines()
        self._take("esac")
        return ("case", subject, cases)

    def _case_branch(self):
        if self._operator() == "(":
            self._take("(")
        patterns = [self._needed_word()]
        while self._operator() == "|":
            self._take("|")
            patterns.append(self._needed_word())
        self._take(")")
        body = self._list(stops=("esac", ";;"))
        if self._operator() == ";;":
            self._take(";;")
        return (patterns, body)

    def _braces(self):
        self._take("{")
        body = self._list(stops=("}",))
        self._take("}")
        return ("group", body)

    def _subshell(self):
        self._take("(")
        body = self._list(stops=(")",))
        self._take(")")
        return ("subshell", body)

    def _simple(self):
        assignments, words, redirections = [], [], []
        while True:
            self._blanks()
            found = self._redirection()
            if found:
                redirections.append(found)
                continue
            word = self._word()
            if word is None:
                break
            name, value = _assignment(word) if not words else (None, None)
            if name:
                assignments.append((name, value))
            else:
                words.append(word)
            if len(words) == 1 and self._operator() == "(" and self._is_function_head():
                return ("function", words[0][0][1], self._function_body())
        if not (assignments or words or redirections):
            raise self._unexpected(())
        return ("simple", assignments, words, redirections)

    def _is_function_head(self):
        return self.text[self.at + 1 :].lstrip(BLANK).startswith(")")

    def _function_body(self):
        self._take("(")
        self._take(")")
        self._skip_empty_lines()
        return self._command()

    def _words(self):
        words = []
        while True:
            self._blanks()
            word = self._word()
            if word is None:
                return words
            words.append(word)

    def _needed_word(self):
        self._blanks()
        word = self._word()
        if word is None:
            raise self._unexpected(())
        return word

    # redirections

    def _redirections(self):
        found = []
        while True:
            self._blanks()
            redirection = self._redirection()
            if redirection is None:
                return found
            found.append(redirection)

    def _redirection(self):
        digit = self.text[self.at : self.at + 1]
        digit = digit if digit in tuple(DIGITS) else ""
        start = self.at + len(digit)
        operator = next((sign for sign in REDIRECTIONS if self.text.startswith(sign, start)), None)
        if operator is None:
            return None
        self.at = start + len(operator)
        number = int(digit or ("0" if operator[0] == "<" else "1"))
        target = self._needed_word()
        if operator.startswith("<<"):
            target = self._heredoc(target, strip=operator == "<<-")
        return (operator, number, target)

    def _heredoc(self, delimiter, strip):
        """The text is not there yet: it begins behind the end of this line."""
        end = "".join(piece[1] for piece in delimiter if piece[0] == "text")
        quoted = any(piece[-1] for piece in delimiter)
        content = []
        self.heredocs.append((end, quoted, strip, content))
        return content

    def _line_ended(self):
        pending, self.heredocs = self.heredocs, []
        for end, quoted, strip, content in pending:
            lines = []
            while not self._ended():
                line, _, _ = self.text[self.at :].partition("\n")
                self.at = min(self.at + len(line) + 1, len(self.text))
                line = line.lstrip("\t") if strip else line
                if line == end:
                    break
                lines.append(line + "\n")
            body = "".join(lines)
            content.extend([("text", body, True)] if quoted else Parser(body).quoted_pieces(end=None))


def _assignment(word):
    """``A=b`` -> ``("A", pieces of b)``"""
    kind, text, quoted = word[0][0], word[0][1], word[0][-1]
    name, equals, value = text.partition("=") if kind == "text" and not quoted else ("", "", "")
    if not equals or not name or name[0] in DIGITS or any(sign not in NAME + DIGITS for sign in name):
        return None, None
    return name, ([("text", value, False)] if value else []) + word[1:]
