"""The contact centre: an Asterisk in a root of its own, from the templates in asterisk/, its life and its logs."""

import glob
import os
import sqlite3
import subprocess
import time

import plan as plans

HERE = os.path.dirname(os.path.abspath(__file__))
BASE = "/lab/cc"  # inside the root
PHONES = "127.0.0.20:5060"
UP_S = 60


def replace_all(text, values):
    for name, value in values.items():
        text = text.replace(f"@{name}@", value)
    return text


def phone_sections():
    out = []
    for number in [*plans.AGENTS, *plans.EXPERTS]:
        name = plans.AGENTS.get(number, "Expert " + number)
        out.append(f'[{number}](phone)\naors={number}\ncallerid="{name}" <{number}>\n[{number}]\ntype=aor\ncontact=sip:{number}@{PHONES}\n')
    return "\n".join(out)


def interface(queue, number):
    return f"Local/{number}@agents/n" if plans.QUEUES[queue]["through"] == "Local" else f"PJSIP/{number}"


def member_lines(queue):
    return "".join(f"member => {interface(queue, n)},0,{plans.AGENTS[n]},PJSIP/{n}\n" for n in plans.QUEUES[queue]["members"])


class Centre:
    def __init__(self, root, out, secret, hep):
        self.root, self.out = root, out
        self.base = root + BASE
        self.logs = {"queue_log": f"{self.base}/log/queue_log", "cel": f"{self.base}/log/cel-custom/Master.csv",
                     "cdr": f"{self.base}/log/cdr-csv/Master.csv"}
        self.process = None
        self.values = {"BASE": BASE, "SECRET": secret, "HEP": "yes" if hep else "no", "PHONES": phone_sections(),
                       "MODULES": self.modules(), **{f"MEMBERS_{q}": member_lines(q) for q in plans.QUEUES}}

    def modules(self):
        found = glob.glob(f"{self.root}/usr/lib/*/asterisk/modules")
        return found[0][len(self.root):]

    def write(self, calls):
        subprocess.run(["rm", "-rf", self.base], check=True)
        for folder in ("cache", "etc", "varlib", "spool/monitor", "spool/tmp", "run", "log/cdr-csv", "log/cel-custom"):
            os.makedirs(f"{self.base}/{folder}")
        for template in glob.glob(f"{HERE}/asterisk/*.conf"):
            with open(template) as source, open(f"{self.base}/etc/{os.path.basename(template)}", "w") as target:
                target.write(replace_all(source.read(), self.values))
        self.write_database(calls)
        self.write_prompt()

    def write_database(self, calls):
        """what the dialplan knows of callers, as AstDB keeps it"""
        rows = []
        for c in calls:
            rows += [(f"/covered/{c['caller']}", c["covered"])] if c.get("covered") else []
            rows += [(f"/known/{c['caller']}", "C%05d" % c["id"])] if c["known"] else []
            rows += [(f"/pin/{c['caller']}", c["pin"])] if c.get("pin") else []
        db = sqlite3.connect(f"{self.base}/varlib/astdb.sqlite3")
        db.execute("CREATE TABLE astdb(key VARCHAR(256), value VARCHAR(256), PRIMARY KEY(key))")
        db.executemany("INSERT INTO astdb VALUES(?,?)", rows)
        db.commit()
        db.close()

    def write_prompt(self):
        """a menu of five seconds: 250 frames of GSM, 33 bytes each, from the demonstration's text"""
        source = glob.glob(f"{self.root}/usr/share/asterisk/sounds/**/demo-instruct.gsm", recursive=True)[0]
        with open(source, "rb") as f, open(os.path.join(os.path.dirname(source), "lab-menu.gsm"), "wb") as out:
            out.write(f.read(250 * 33))

    def start(self):
        log = open(f"{self.out}/asterisk.out", "a")
        self.process = subprocess.Popen(["chroot", self.root, "asterisk", "-f", "-C", f"{BASE}/etc/asterisk.conf"],
                                        stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def say(self, command):
        done = subprocess.run(["chroot", self.root, "asterisk", "-C", f"{BASE}/etc/asterisk.conf", "-rx", command],
                              capture_output=True, text=True, timeout=30)
        return done.stdout

    def wait_until_up(self):
        until = time.time() + UP_S
        while "System uptime" not in self.say("core show uptime"):
            if time.time() > until or self.process.poll() is not None:
                raise RuntimeError(f"Asterisk did not start; see {self.out}/asterisk.out")
            time.sleep(0.3)
        self.say("core waitfullybooted")

    def rotate(self):
        """as logrotate would: Asterisk moves queue_log itself, the others are renamed under it"""
        for log in ("cel", "cdr"):
            if os.path.exists(self.logs[log]):
                os.rename(self.logs[log], self.logs[log] + ".1")
        self.say("logger rotate")

    def parts(self):
        """every part of each log"""
        return {log: sorted(glob.glob(path + "*")) for log, path in self.logs.items()}

    def stop(self):
        self.say("core stop now")
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
