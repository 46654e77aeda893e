"""count_tests.py DIRECTORY: from the JUnit files in it, names every skipped and failed test, then one line of totals.

Exit code 1 when a test failed or none ran.
"""

import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

passed, failed, skipped = 0, [], []
for report in sorted(Path(sys.argv[1]).rglob("*.xml")):
    suite = report.relative_to(sys.argv[1]).with_suffix("")
    for case in ElementTree.parse(report).iter("testcase"):
        name = f"{suite}: {case.get('classname')}.{case.get('name')}"
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif (skip := case.find("skipped")) is not None or case.get("status") == "notrun":
            reason = skip.get("message", "") if skip is not None else "disabled"
            skipped.append(f"{name}: {' '.join(reason.split()) or 'no reason given'}")
        else:
            passed += 1

for name in skipped:
    print("SKIPPED", name)
for name in failed:
    print("FAILED ", name)
print(f"{passed} passed, {len(failed)} failed, {len(skipped)} skipped")
sys.exit(1 if failed or not passed else 0)
