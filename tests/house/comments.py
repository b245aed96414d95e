"""Contracts read as they were written: lines of a comment block stand in one column, and the example of emotrack.h compiles."""
import os
import re
import subprocess
import sys
import tempfile

top, compiler = sys.argv[1:3]
failed = 0


def blocks(lines):
    """(first, last) of each comment that goes over several lines, all of them with a star."""
    i = 0
    while i < len(lines):
        if re.match(r"^\s*/\*", lines[i]) and "*/" not in lines[i]:
            first = i
            while i < len(lines) - 1 and "*/" not in lines[i]:
                i += 1
            if all(re.match(r"^\s*\*", line) for line in lines[first + 1:i + 1]):
                yield first, i
        i += 1


for folder in ("include", "src", "tools"):
    for path, _, names in os.walk(os.path.join(top, folder)):
        for name in names:
            if not name.endswith((".c", ".h", ".cu")):
                continue
            with open(os.path.join(path, name), encoding="utf-8") as f:
                lines = f.read().split("\n")
            for first, last in blocks(lines):
                indent = len(lines[first]) - len(lines[first].lstrip())
                column = indent + (4 if lines[first].lstrip().startswith("/**") else 3)
                for k in range(first + 1, last + 1):
                    text = re.match(r"^(\s*\*)( *)(.*)$", lines[k])
                    if text.group(3) not in ("", "/") and len(text.group(1)) + len(text.group(2)) < column:
                        print(f"{os.path.relpath(os.path.join(path, name), top)}:{k + 1}: out of column: {lines[k].strip()}")
                        failed += 1

with open(os.path.join(top, "include", "emotrack.h"), encoding="utf-8") as f:
    header = f.read()
example = "\n".join(re.findall(r"^ \*      (.*)$", header[:header.index("*/")], re.M)).replace("...", "1")
program = ("#include <stdio.h>\n#include \"emotrack.h\"\nvoid example(et_model *model, et_tracker *tracker, const float *samples, "
           "size_t frames)\n{\net_error error;\net_emotion emotion;\n%s\n}\n" % example)
with tempfile.NamedTemporaryFile("w", suffix=".c") as f:
    f.write(program)
    f.flush()
    told = subprocess.run([compiler, "-fsyntax-only", "-I", os.path.join(top, "include"), f.name], capture_output=True, text=True)
if told.returncode != 0:
    print("the example of include/emotrack.h does not compile:\n" + told.stderr)
    failed += 1
sys.exit(failed > 0)
