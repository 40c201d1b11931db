"""One module per command of ./zhangyin.

A module offers ``command``, a click command, under its own name; the first line of its docstring
is the line shown by --help. Modules are imported only when their command runs. A command returns
its exit code; None is 0. Names beginning with an underscore are no commands.
"""
