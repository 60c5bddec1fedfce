import sys, time, numpy as np
from tests.judgement.world import *
from fleet.telemetry.judgement.guard import Guard, State
world={w.name:w for w in WORLDS}[sys.argv[1]]
k,m,rep=int(sys.argv[2]),int(sys.argv[3]),int(sys.argv[4])
acc=np.tile((np.arange(16)+.5)/16,(4,1))
# rep rollouts share one simulation run of rep*(k+m) devices
D=rep*(k+m); T0=168; H=T0+100
kinds=[None,("confidence",.05),("class",.13),("errors",.02)]
for kind in kinds:
    can=[r*(k+m)+i for r in range(rep) for i in range(k)]
    harms=(Harm(tuple(can),kind[0],kind[1],T0),) if kind else ()
    t=time.time()
    rows=list(Simulation(world,D,5,harms).hours(H))
    t1=time.time()
    res=[]
    for r in range(rep):
        up=np.full(k+m,-1); up[:k]=T0
        g=Guard(columns(),up,accuracy=acc)
        first={}
        for h,row in enumerate(rows):
            part=row[r*(k+m):(r+1)*(k+m)]
            look=g.step(part,np.ones(k+m,bool))
            if look and look.state not in first: first[look.state]=h-T0+1
            if look and look.state is State.FAIL: break
        res.append((first.get(State.FAIL),first.get(State.PASS)))
    fails=[f for f,_ in res if f]; passes=[p for _,p in res if p]
    print(kind,"sim",round(t1-t,1),"judge",round(time.time()-t1,1),"fail",len(fails),"of",rep,"median",np.median(fails) if fails else None,"pass",len(passes),"by24",sum(p<=24 for p in passes),"median",np.median(passes) if passes else None)
    if kind is None or len(fails)<rep:
        print(look)
