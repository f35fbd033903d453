# SPDX-License-Identifier: BSD-3-Clause
"""traffic.c as a child process: the host that sends numbered frames and knows what came back."""
import json
import subprocess

from lab.process import Failed, die_with_parent, end

WRONG = {
    'duplicates': 'came twice',
    'damaged': 'came damaged',
    'refused_came': 'came although send() had refused them',
    'late': 'came after they had been counted as lost',
    'stray': 'came that nobody here sent',
}


class Traffic:
    def __init__(self, ns, program, iface, rate):
        self.program = ns.popen(program, iface, str(rate), stdin=subprocess.PIPE, stderr=None,
                                start_new_session=True, preexec_fn=die_with_parent)

    def tell(self, word):
        try:
            self.program.stdin.write(word + '\n')
            self.program.stdin.flush()
            answer = self.program.stdout.readline()
        except BrokenPipeError:
            answer = ''
        if not answer:
            raise Failed(f'the sender of the frames has ended, asked to {word}')
        return json.loads(answer)

    def received(self):
        return self.tell('report')['received']

    def close(self):
        end(self.program)
