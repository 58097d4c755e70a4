"""
Words of the container's shell: quotes, expansions and the smallest steps of reading.

How words make commands is in :mod:`vzsim.shell_syntax`; the form of a word is described there.
"""

BLANK = " \t"
OPERATORS = ("&&", "||", ";;", ";", "|", "&", "(", ")", "\n")
WORD_ENDS = " \t\n;&|()<>"
NAME = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_"
DIGITS = "0123456789"
PARAM_OPERATORS = (":-", ":=", ":+", ":?", "##", "%%", "-", "=", "+", "?", "#", "%")


class ShellSyntaxError(Exception):
    """The text is no shell program; the message is the shell's."""


class Reader:
    """A place in a text; what can be read there."""

    def __init__(self, text):
        self.text = text
        self.at = 0

    # words

    def _word(self):
        pieces = []
        while not self._ended() and self.text[self.at] not in WORD_ENDS:
            pieces.extend(self._piece())
        return pieces or None

    def _piece(self, ends=WORD_ENDS):
        sign = self.text[self.at]
        if sign == "'":
            return [("text", self._until_quote("'"), True)]
        if sign == '"':
            self.at += 1
            return self.quoted_pieces(end='"') or [("text", "", True)]
        if sign == "\\":
            self.at += 2
            escaped = self.text[self.at - 1 : self.at]
            return [] if escaped == "\n" else [("text", escaped, True)]
        if sign in "$`":
            return [self._expansion(quoted=False)]
        start = self.at
        while not self._ended() and self.text[self.at] not in ends + "'\"\\$`":
            self.at += 1
        return [("text", self.text[start : self.at], False)]

    def _until_quote(self, quote):
        end = self.text.find(quote, self.at + 1)
        if end < 0:
            raise ShellSyntaxError("syntax error: unterminated quoted string")
        found = self.text[self.at + 1 : end]
        self.at = end + 1
        return found

    def quoted_pieces(self, end):
        """The pieces up to a closing ``"``, or with ``None`` of all the text."""
        pieces, plain = [], ""
        while not self._ended():
            sign = self.text[self.at]
            following = self.text[self.at + 1 : self.at + 2]
            if sign == end:
                break
            if sign == "\\" and following and following in '$`"\\\n':
                plain += "" if following == "\n" else following
                self.at += 2
            elif sign in "$`":
                pieces += _plain(plain) + [self._expansion(quoted=True)]
                plain = ""
            else:
                plain += sign
                self.at += 1
        if end and self._ended():
            raise ShellSyntaxError("syntax error: unterminated quoted string")
        self.at += len(end or "")
        return pieces + _plain(plain)

    # expansions

    def _expansion(self, quoted):
        if self.text[self.at] == "`":
            return ("command", self._program(self._until_quote("`").replace("\\`", "`")), quoted)
        rest = self.text[self.at + 1 :]
        if rest.startswith("(("):
            return self._sum(quoted)
        if rest.startswith("("):
            self.at += 2
            inner = self._list(stops=(")",))
            self._take(")")
            return ("command", inner, quoted)
        if rest.startswith("{"):
            return self._braced_param(quoted)
        self.at += 1
        if rest[:1] and rest[0] in NAME:
            return ("param", self._name(), "", None, quoted)
        if rest[:1] and rest[0] in DIGITS + "?$#!@*-":
            self.at += 1
            return ("param", rest[0], "", None, quoted)
        return ("text", "$", True)

    def _sum(self, quoted):
        depth, start = 0, self.at + 3
        for place in range(self.at + 1, len(self.text)):
            depth += {"(": 1, ")": -1}.get(self.text[place], 0)
            if depth == 0:
                self.at = place + 1
                return ("sum", self.text[start : place - 1], quoted)
        raise ShellSyntaxError("syntax error: missing '))'")

    def _braced_param(self, quoted):
        self.at += 2
        if self.text.startswith("#", self.at) and not self.text.startswith("#}", self.at):
            self.at += 1
            name = self._param_name()
            self._expect("}")
            return ("param", name, "length", None, quoted)
        name = self._param_name()
        operator = next((sign for sign in PARAM_OPERATORS if self.text.startswith(sign, self.at)), "")
        self.at += len(operator)
        word = []
        while operator and not self._ended() and self.text[self.at] != "}":
            word.extend(self._piece(ends="}"))
        self._expect("}")
        return ("param", name, operator, word, quoted)

    def _param_name(self):
        if self.text[self.at : self.at + 1] in tuple(NAME):
            return self._name()
        self.at += 1
        return self.text[self.at - 1 : self.at]

    def _name(self):
        start = self.at
        while not self._ended() and self.text[self.at] in NAME + DIGITS:
            self.at += 1
        if start == self.at:
            raise ShellSyntaxError("syntax error: bad for loop variable")
        return self.text[start : self.at]

    # the smallest steps

    def _ended(self):
        return self.at >= len(self.text)

    def _blanks(self):
        while not self._ended():
            if self.text[self.at] in BLANK:
                self.at += 1
            elif self.text.startswith("\\\n", self.at):
                self.at += 2
            elif self.text[self.at] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            else:
                break

    def _skip_empty_lines(self):
        self._blanks()
        while self._operator() == "\n":
            self._take("\n")
            self._blanks()

    def _operator(self):
        self._blanks()
        return next((sign for sign in OPERATORS if self.text.startswith(sign, self.at)), None)

    def _keyword(self):
        """The plain word that stands here, if any; nothing is taken."""
        self._blanks()
        end = self.at
        while end < len(self.text) and self.text[end] not in WORD_ENDS:
            end += 1
        return self.text[self.at : end] or None

    def _take(self, expected):
        self._blanks()
        self._expect(expected)
        if expected == "\n":
            self._line_ended()

    def _line_ended(self):
        """Here-documents begin here, where commands are read."""

    def _expect(self, expected):
        if not self.text.startswith(expected, self.at):
            raise (
                self._unexpected((expected,))
                if not self._ended()
                else ShellSyntaxError(f'syntax error: unexpected end of file (expecting "{expected}")')
            )
        self.at += len(expected)


def _plain(text):
    return [("text", text, True)] if text else []
