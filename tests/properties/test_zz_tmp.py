import os
from collections import Counter
import pytest
from hypothesis import given, settings, HealthCheck, strategies as st
from mockserver.contract.history import History
from mockserver.contract.findings import render
from tests.properties.worlds import *
MOVES=os.environ.get("MOVES")
class Rec:
    def __init__(self,h): self.h=h; self.found=[]
    def observer(self,pin,ex): self.found+=self.h.add(ex)
@pytest.mark.parametrize("pin",PINS)
def test_w(pin):
    @settings(max_examples=int(os.environ.get("N","150")),deadline=None,database=None,suppress_health_check=list(HealthCheck))
    @given(st.data())
    def run(data):
        script=data.draw(scripts(pin)); 
        import dataclasses; script=dataclasses.replace(script,cancel=None) if not pin.startswith("phaseo") else script
        deeds=data.draw(histories(pin,most=25))
        if not MOVES: deeds=[d for d in deeds if d.verb!="move"]
        h=History(pin.split("@")[0],pin.split("@")[1],schemas=False,alone=not MOVES)
        w=world_of(pin,script,jury=Rec(h)); 
        tell(w,deeds)
        j=h.finish()
        bad=[f for f in j.findings if f.level=="error" or f.level=="warning" and f.rule not in("P16","R9","P14")]
        assert not bad, "\n"+render(bad)+f"\n{script}\n{deeds}"
    run()
